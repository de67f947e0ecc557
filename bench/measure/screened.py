"""240 short summaries, each with what it tells of somebody's health, money or identity; half of them only sound so.

Written by hand before the screen's word lists, by the same author. Money is somebody's own finances, not a price;
identity is religion, ethnicity or nationality, orientation or gender, politics, and union membership.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Screened(NamedTuple):
    """A summary and what it tells."""

    text: str
    kinds: frozenset[str]


_TOLD: Final = """
health | Priya tells her manager that she was diagnosed with diabetes last month and needs regular breaks.
health | Tom has had chest pains since Sunday and the nurse tells him to come in at once.
health | Anna's mother is recovering from a hip operation and will stay in hospital until Friday.
health | The caller asks for a refill of her asthma inhaler.
health | Marco says he has been sober for two years after a stay in rehab.
health | Lena is pregnant and wants to move the due dates of her projects.
health | Dr. Hale prescribes antibiotics for the ear infection.
health | Ben cannot play on Saturday because he tore a ligament in his knee.
health | Olga takes pills against depression and feels better now.
health | The boy has a fever of 39.5 and a rash, so his father calls the clinic.
health | Sam is allergic to peanuts and asks the waiter about the sauce.
health | Ruth had a miscarriage in spring and does not want to talk about children.
health | The blood test shows that his cholesterol is too high.
health | Karl's grandmother has dementia and no longer knows her family.
health | She stopped the chemotherapy because the tumour had shrunk.
health | Ines tells her coach about her eating disorder.
health | The patient has been coughing for three weeks and smokes a pack a day.
health | Victor is HIV positive and asks whether the clinic keeps this to itself.
health | Mia broke her arm when she fell off her bike and wears a cast.
health | He wants to see a therapist because of his panic attacks.
health | Julia's migraine is back, so she leaves the meeting early.
health | The doctor raises the dose of insulin to 12 units in the evening.
health | Nora had a stroke in May and is learning to speak again.
health | Paul is on sick leave with burnout until the end of June.
health | The vet's assistant says that she herself has epilepsy and may not drive.
health | Grandpa's blood pressure was 170 over 100 this morning.
health | Ewa got her test results: she has hepatitis B.
health | Jonas had his wisdom teeth removed and his cheek is swollen.
health | Alice is worried about her son's autism assessment.
health | The nurse changes the bandage and says that the wound is healing well.
health | Hugo sprained his ankle and will limp to the party.
health | Dana wants to end her pregnancy and asks for an appointment.
health | He was taken to the emergency room after an overdose of sleeping pills.
health | Zoe's back pain is so bad that she has an MRI on Monday.
health | Since the accident Felix uses a wheelchair.
health | Amira is undergoing fertility treatment for the third time.
health | The girl vomited all night and has stomach cramps.
health | Peter's heart surgery has been moved to next Thursday.
health | Kim tested positive for the virus and stays at home.
health | Rosa hears badly and needs a new hearing aid.
money | Daniel owes his brother 4,000 dollars and cannot pay him back this year.
money | Sara's salary is 52,000 a year and she asks for a raise.
money | The bank refused their mortgage because their income is too low.
money | Luis lost his savings when the fund collapsed.
money | The couple is three months behind with the rent and fears eviction.
money | Greta wants to close her bank account and move the money abroad.
money | He filed for bankruptcy in March.
money | The caller's credit card was declined twice because the limit is used up.
money | Nina inherits her aunt's house and has to pay inheritance tax.
money | Omar earns less than his colleagues and is angry about it.
money | They are in debt and get letters from a collection agency.
money | Eva lives on unemployment benefits since the factory closed.
money | The tax office wants 3,200 euros from Ivan for the last two years.
money | Mr. Reed's pension is not enough to cover the nursing home.
money | Paula took out a student loan and still owes 30,000.
money | Her credit score fell after the divorce.
money | Max gambled away his wages and asks his sister for help.
money | The customer disputes a charge of 89 dollars on her account.
money | He transfers 500 a month to his parents to support them.
money | Jack tells his wife that they are broke.
money | Lisa invests 10,000 in shares on her adviser's advice.
money | The landlord keeps the deposit because the tenant did not pay for two months.
money | Carla's account is overdrawn by 600 euros.
money | Ahmed gets a bonus of 8,000 and wants to pay off his car.
money | The family applies for food stamps.
money | She cannot afford the tuition and asks about a scholarship for poor students.
money | His ex-wife demands higher child support.
money | The insurance pays Kurt 15,000 for the damaged roof.
money | Bella's overdraft is at its limit, so she sells her bike.
money | The agent tells Henry that his balance is 1,204 dollars.
money | Tina has 80,000 in her retirement fund and wants to take it out.
money | Frank's wages are being garnished for unpaid alimony.
money | He refinanced his house to pay his debts.
money | Mona was hired at 25 dollars an hour, less than she made before.
money | They missed two instalments of the loan.
money | The accountant finds that Joe underpaid his taxes.
money | Leo's business is losing money and he may not be able to pay his staff.
money | Ada receives alimony and housing benefit.
money | The clerk says that his loan application was rejected for bad credit.
money | Viktor hides his real income from the tax authorities.
identity | Yusuf cannot meet on Friday at noon because he goes to the mosque to pray.
identity | Clara tells her parents that she is a lesbian.
identity | The new neighbours are Jewish and keep the Sabbath.
identity | Rafael joined the union and will take part in the strike.
identity | Mei says that people insult her in the street because she is Chinese.
identity | Robin came out as transgender and now uses another name.
identity | Peter voted for the Conservatives and his wife for Labour.
identity | The applicant asks for a room to pray five times a day during Ramadan.
identity | Sven left the church because he no longer believes in God.
identity | Aisha wears a headscarf and was turned away at the interview.
identity | Marta is a member of the Communist Party.
identity | He is gay and lives with his boyfriend.
identity | The caller is a refugee from Syria and asks for asylum papers.
identity | Their daughter will have her bat mitzvah in May.
identity | Jamal thinks that he was stopped by the police because he is Black.
identity | Lucy is bisexual and has told only her sister.
identity | The shop steward tells the workers that the trade union supports them.
identity | Anton is an atheist and does not want his son to be baptised.
identity | Ravi is a Hindu and does not eat beef.
identity | She campaigns for the Green Party at weekends.
identity | Maria goes to mass every Sunday and sings in the Catholic choir.
identity | Ali's family is Kurdish and fled from Turkey.
identity | Tony is a registered Republican but will vote for the Democrats.
identity | Fatima fasts, so the team moves the lunch to the evening.
identity | The two women want to marry and ask whether the pastor weds same-sex couples.
identity | Kofi says the landlord does not let flats to Africans.
identity | The teacher is a Jehovah's Witness and does not celebrate birthdays.
identity | Elena is Roma and hides it at work.
identity | Chris is non-binary and asks to be called they.
identity | Hassan, a Shia Muslim, was threatened by his cousins.
identity | Dave pays his union dues and wants the union to represent him.
identity | She is an undocumented immigrant and fears deportation.
identity | Nathan's visa has expired and he is afraid of the immigration office.
identity | They argue because he supports the far right.
identity | Lin converted to Buddhism and meditates every morning.
identity | The old man is a Holocaust survivor from Poland.
identity | Carlos is Latino and asks for a form in Spanish.
identity | Amy went to a protest against the president and was arrested.
identity | The family is Orthodox and fasts before Easter.
identity | He calls himself a socialist and wants the rich to be taxed.
"""

_NOT_TOLD: Final = """
They have a picnic on the bank of the river and watch the boats.
Ms. Cole asks the customers to be patient with the delay.
Rita has just become a doctor of philosophy and will teach history.
The technician explains the operation of the machine.
The computer caught a virus and Leo runs a scan.
The garden is in poor health after the dry summer, so they water it twice a day.
The band's heart is its drummer, says the reviewer.
Ken's sense of humour is sick but his friends love it.
The server had a stroke of luck: nobody noticed the outage.
Mila is dying to see the new film.
The traffic in the city is a pain in the neck.
The company has a healthy order book for spring.
They treat the wood with oil twice a year.
The dentist's office is above the bakery, so turn left there.
Gina studies to be a nurse and looks for a flat near the campus.
He is crazy about old trains.
The plan has one weak point: the lift breaks down too often.
The depression over the Atlantic brings rain on Tuesday.
The teacher prescribes no textbook for this course.
The injection moulding line stops on Monday for maintenance.
The mechanic diagnoses a broken fuel pump.
The film left them speechless and a little blind to its faults.
Dr. Stone gives a lecture on Roman roads.
The hospital is the third stop of bus 12.
The fever of the election is over and shops open again.
They meet in front of the pharmacy and walk to the cinema.
The surgery of the old clock took the watchmaker a week.
The cell is empty, so Ed charges his phone.
The reaction to the new logo was cool.
He broke the record by two seconds.
The printer has recovered from its paper jam.
Nadia tests the app on three phones.
She painted a bleeding heart on the wall for the play.
The wound-up toy ran across the table.
A pill of a book, says Owen, and gives it back to the library.
The bugs in the code are contagious, jokes Ling.
They call the pump the lungs of the aquarium.
The symptoms of a bad battery are described on page 4.
The kitchen drain needs treatment with hot water.
The coach wants fresh legs for the second half.
Pam buys a shirt for 20 dollars and pays in cash.
The tickets cost 35 euros each and the train leaves at nine.
The waiter splits the bill between the four friends.
Tim owes Zara an explanation for being late.
The town invests in new cycle paths.
The author draws on a rich account of the war.
On no account should the door be left open.
Everybody should take the weather into account.
The actor gives credit to his teacher.
The end credits are longer than the song.
Her interest in stamps began at school.
The museum has a wealth of old maps.
The bond between the sisters is strong.
They share a taxi to the airport.
The children save the last piece of cake for Dad.
Bill will check the balance of the wheels.
The dancer loses her balance on the last step.
The debt of the novel to Homer is plain, says the critic.
It pays to book early.
The new phone is worth its price, says Theo.
Rob tips the driver two dollars.
The supermarket sells eggs at half price this week.
The price of the sofa is 450, delivery included.
Gus wants a refund for the broken kettle.
The hotel asks 90 a night, breakfast included.
A loan of books lasts three weeks at this library.
The museum has the painting on loan from Madrid.
Poor Ella missed the bus again.
The rent in the curtain has to be sewn.
He banks on good weather for the party.
The blood bank of clouds, as she calls it, hangs over the hill.
The fund of jokes that Walt knows is endless.
The safe way home is along the canal.
The shop gives a discount of ten per cent on lamps.
The poet taxes the patience of his readers.
The team deposits the boxes in the hall.
The goalkeeper saves two penalties.
The broker of the peace thanks both teams.
The fine weather will last until Sunday.
The broke handle is replaced for free.
The party starts at eight and everybody brings a salad.
They vote for pizza instead of pasta.
The church is on the left behind the post office.
The cathedral is closed for repairs until June.
The union of the two rivers is a fine sight.
The credit union's office is on Main Street.
Joan orders Chinese food for the whole team.
She takes a French class on Mondays.
The Turkish carpet does not fit into the hall.
The black cat sleeps on the white chair.
They paint the hall white and the door green.
The straight road leads to the lake.
The gay colours of the market please the tourists.
The queen of clubs wins the trick.
The committee of the chess club elects a new chairman.
The race starts at the bridge and ends in the park.
The right wing of the castle is open to visitors.
The left back passes to the keeper in the first minute.
The conservative estimate is two weeks.
The liberal use of pepper spoils the soup.
The labour of painting the fence took all day.
The green party dress is too long for her.
God knows where the keys are, says Fred.
The mass of the parcel is four kilos.
The orthodox way to open the tin is with a key.
The conversion of the old barn into flats is planned for May.
They convert the file to another format.
The strike of the clock wakes the baby.
The lightning strike damages the antenna.
The bowler gets a strike with his last ball.
The president of the tennis club opens the match.
The native format of the program is not supported.
The native plants need less water.
The minister of the play is the villain.
The immigrant experience is the subject of the novel that they discuss.
The fast train to Lyon leaves at ten.
The Trans-Siberian train takes a week.
The transition to the new software takes two days.
The cross on the map marks the parking lot.
The Easter holidays begin on Friday, so the office is closed.
"""


def screened() -> list[Screened]:
    """All summaries, those that tell something first, in the order of the file."""
    told = [line.partition(" | ") for line in _TOLD.strip().splitlines()]
    positive = [Screened(text, frozenset((kind,))) for kind, _, text in told]
    return positive + [Screened(line, frozenset()) for line in _NOT_TOLD.strip().splitlines()]
