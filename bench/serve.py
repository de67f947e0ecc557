"""The server under load on this machine alone: what it adds to the model's time, what it refuses, and its throughput.

- S1: one client, calls one after another, with a model that takes no time: what the server itself adds.
- S2: 32 clients against a model that takes 50 ms and one conversation at a time: accepted calls end in time, the rest
  is refused at once, and the model is never idle.
- The starter behind upshot's server, against a plain FastAPI handler that calls transformers' `generate` one by one
  with the same weights and decoding: 32 clients, the built-in conversations, in one run.

Takes three minutes.

python bench/serve.py [--quick]
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import httpx
from measure.goals import goal
from measure.machine import print_machine
from measure.material import ROOT

CLIENTS = 32
FAKE = str(ROOT / "tests" / "serve" / "fake_worker.py")
TALK = "Ann: Can you send the invoice today?\nBen: Yes, I will send the invoice at four."

OURS = """
import sys
from upshot.serve import run
from upshot.serve.limits import Limits
limits = Limits(together=int(sys.argv[1]))
say = lambda url: print(url, flush=True)
run.run(run.Address(port=0), sys.argv[2:], limits=limits, access=run.Access(), say=say)
"""
# What one writes in ten minutes: the handler generates, and so the next request waits.
PLAIN = """
import socket
import torch, uvicorn
from fastapi import FastAPI
from importlib.resources import files
from upshot.model.load import ModelRef, load_base
from upshot.recipe import GenerationSettings
model, tokenizer = load_base(ModelRef("starter"))
model.eval()
decoding = GenerationSettings.model_validate_json((files("upshot") / "starter" / "generation.json").read_text())
app = FastAPI()

@app.post("/v1/summarize")
async def summarize(body: dict[str, str]) -> dict[str, str]:
    prompt = "Summarize the following conversation.\\n\\n" + body["text"] + "\\n\\nSummary:"
    encoded = tokenizer(prompt, return_tensors="pt", truncation=True, max_length=512)
    with torch.no_grad():
        ids = model.generate(
            **encoded, max_new_tokens=decoding.max_new_tokens, num_beams=decoding.beams,
            no_repeat_ngram_size=decoding.no_repeat_ngram, length_penalty=decoding.length_penalty,
        )
    return {"summary": tokenizer.decode(ids[0], skip_special_tokens=True)}

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", 0))
print("http://127.0.0.1:%d" % listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
"""


def main() -> None:
    """Print latencies and rates, and whether they reach their goals."""
    quick = "--quick" in sys.argv
    print_machine("fastapi", "uvicorn", "h11", "ctranslate2", "torch", "transformers")
    added_time(50 if quick else 200, quick=quick)
    overload(3.0 if quick else 60.0, quick=quick)
    throughput(3.0 if quick else 30.0, quick=quick)


def added_time(calls: int, *, quick: bool) -> None:
    """S1: one client, a model without any time of its own."""
    with server(OURS, "16", sys.executable, FAKE, "none=0") as url, httpx.Client(base_url=url) as client:
        ready(client)
        took = []
        for _ in range(calls):
            began = time.perf_counter()
            client.post("/v1/summarize", json={"text": TALK}).raise_for_status()
            took.append(time.perf_counter() - began)
    p50, p99 = (1000 * quantile(took, q) for q in (0.5, 0.99))
    print(f"S1: {calls} calls, 0 errors; the server adds {p50:.1f} ms (median), {p99:.1f} ms (p99)")
    if not quick:
        goal("server, one client: time added, p99", p99, at_most=10, unit=" ms")


def overload(seconds: float, *, quick: bool) -> None:
    """S2: more clients than the queue holds; capacity is 20 conversations a second."""
    with server(OURS, "1", sys.executable, FAKE, "fifty=50") as url:
        took = asyncio.run(load(url, [TALK], seconds))
    good, refused = took.get(200, []), took.get(429, [])
    others = {status: len(times) for status, times in took.items() if status not in (200, 429)}
    share = len(good) / seconds / 20
    print(
        f"S2: {len(good)} answers at {share:.0%} of capacity, p99 {quantile(good, 0.99):.2f} s; "
        f"{len(refused)} refused, p99 {1000 * quantile(refused, 0.99):.0f} ms; other statuses: {others or 'none'}"
    )
    if not quick:
        goal("server, 32 clients, a model of 50 ms: accepted p99", quantile(good, 0.99), at_most=1.1, unit=" s")
        goal("server, 32 clients: refused p99", 1000 * quantile(refused, 0.99), at_most=50, unit=" ms")
        goal("server, 32 clients: share of the model's capacity", share, at_least=0.95, unit="")


def throughput(seconds: float, *, quick: bool) -> None:
    """The starter, 32 clients: a plain handler first, then upshot's server."""
    from upshot.data.sources import load_splits
    from upshot.recipe import DataSettings

    rows = load_splits(DataSettings.model_validate({}), seed=13).rows["train"]
    texts = [row.dialogue for row in rows[:64]]
    with server(PLAIN) as url:
        plain = asyncio.run(load(url, texts, seconds, check_ready=False)).get(200, [])
    with server(OURS, "16", sys.executable, "-m", "upshot.serve.worker", "starter=starter") as url:
        took = asyncio.run(load(url, texts, seconds))
    ours, refused = took.get(200, []), took.get(429, [])
    rates = len(plain) / seconds, len(ours) / seconds
    print(f"plain handler: {rates[0]:.1f} summaries/s, p99 {quantile(plain, 0.99):.1f} s")
    print(f"upshot serve:  {rates[1]:.1f} summaries/s, p99 {quantile(ours, 0.99):.1f} s, {len(refused)} refused")
    print(f"ratio {rates[1] / rates[0]:.1f} (upshot serve / plain handler, in summaries a second)")
    bound = CLIENTS / rates[1]  # sixteen that wait and sixteen that run, at the rate of this run
    print(f"ratio {quantile(ours, 0.99) / bound:.2f} (accepted p99 / queue length x service time)")
    if not quick:
        goal("server, 32 clients: throughput against a plain handler", rates[1] / rates[0], at_least=5)


async def load(
    url: str, texts: Sequence[str], seconds: float, *, check_ready: bool = True
) -> Mapping[int, Sequence[float]]:
    """Seconds of the calls by status, from clients that ask again as soon as they have an answer.

    Only calls that end within the time are counted; a client that was refused waits a fifth of a second.
    """
    took: dict[int, list[float]] = {}
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=httpx.Limits(max_connections=CLIENTS)) as client:
        if check_ready:
            await until_ready(client)
        for _ in range(2):
            await client.post("/v1/summarize", json={"text": texts[0]})
        end = time.monotonic() + seconds

        async def ask(number: int) -> None:
            while (began := time.monotonic()) < end:
                answer = await client.post("/v1/summarize", json={"text": texts[number % len(texts)]})
                if time.monotonic() < end:
                    took.setdefault(answer.status_code, []).append(time.monotonic() - began)
                number += CLIENTS
                if answer.status_code != 200:
                    await asyncio.sleep(0.2)

        await asyncio.gather(*(ask(number) for number in range(CLIENTS)))
    return took


@contextmanager
def server(script: str, *arguments: str) -> Iterator[str]:
    """The URL of a server that is a process of its own; it is ended behind the block."""
    command = [sys.executable, "-c", script, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            if process.wait(60) not in (0, -15):
                raise SystemExit(f"a server ended with {process.returncode}")


def ready(client: httpx.Client) -> None:
    """Nothing, once the model is warm."""
    while client.get("/readyz").status_code != 200:
        time.sleep(0.05)


async def until_ready(client: httpx.AsyncClient) -> None:
    """Nothing, once the model is warm."""
    while (await client.get("/readyz")).status_code != 200:
        await asyncio.sleep(0.05)


def quantile(values: Sequence[float], share: float) -> float:
    """The value at a share of the ordered values; not a number where there are none."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


if __name__ == "__main__":
    main()
