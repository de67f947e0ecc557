"""The command `upshot`, also as `python -m upshot`."""

from upshot.cli.app import main

if __name__ == "__main__":
    main()
