"""What tells of health, money and identity, for `privacy.sensitive`: terms that tell alone, in company, or not at all.

Terms stand between spaces. "_" is a space, a "*" at the end is any ending, brackets are those of regular expressions.
A term is whole words; capitals count where it has one.
"""

from __future__ import annotations

from typing import Final

HEALTH: Final = r"""
    (?:gave|give|giving)_up_smoking (?:quit|stop|stopped)_smoking
    abortion* abscess* addict* adhd AIDS alcoholi* allergic_to allergies allergy alzheimer* amputat* anaemi* anemi*
    anorexi* antibiotic* antidepress* anxiety_(?:attack|disorder)* arthritis asperger* asthma* autis*
    (?:back|neck|head|stomach|tooth|ear|heart)[_-]?aches? (?:back|neck|knee|joint|stomach|abdominal|shoulder)_pains?
    biops* bipolar birth_control blood_(?:count|pressure|sample|sugar|test|tests)
    (?:broke|broken|breaks|hurt|hurts|injured|injures|twisted|sprained|tore|torn|burnt|burned|dislocated|bruised|fractured)_(?:\w+_in_)?(?:an?|his|her|my|their|the)_(?:left_|right_)?(?:ankle|arm|back|elbow|finger|foot|hand|head|hip|jaw|knee|leg|nose|rib|ribs|shoulder|thumb|toe|wrist|tendon|muscle|neck)
    bronchitis bulimi* burn-out burnout cancer* cardiolog* cataract* chemo* chest_pain* chlamydia cholesterol
    chronic_(?:pain|illness|disease|fatigue)* cirrhosis concussion* contracepti* covid* cystic_fibrosis dementia
    dermatolog* diabet* dialysis diarrh* disabilit* disabled down's_syndrome eating_disorder* eczema emergency_room
    epilep* fertility fibromyalgia fractur* gastri* gastro* gonorrh* gynaecolog* gynecolog*
    (?:had|has|have|having|after|suffered|of)_(?:a|his|her|the|another)_(?:mild_)?stroke(?!_of) haemorr* hearing_aid*
    heart_(?:attack|disease|failure|condition|surgery|murmur|problem)s? hemorr* hepatitis hernia* herpes high_blood
    hip_(?:operation|replacement|surgery) hiv hospitali[sz]* hypertension hysterectom* infertil* influenza inhaler*
    in_labou?r insomnia* insulin intensive_care ivf joint_pain* kidney_(?:disease|failure|stones?) leuk[ae]* ligament*
    lymphoma malaria mastectom* measles menopaus* mental_breakdown mental_(?:health|illness)* metastas* migraine*
    miscarr* mri multiple_sclerosis nausea* nauseous neurolog* obes* oncolog* osteo* overdos* painkiller*
    panic_attack* paralys* paraly[sz]ed parkinson* period_pain* phobia* physiotherap* pneumonia pregnan* psoriasis
    psych(?:iatr|osis|otic|otherap)* ptsd radiotherap* rash rashes rehab relaps* schizo* seizure* self-harm*
    sick_(?:leave|note)* side_effect* sober sobriety sprain* std steroids sti stomach_(?:cramps|bug|flu) suicid*
    surgeon* syphilis tested_positive therapists? thyroid tonsil* transplant* tubercul* tumou?r* ulcer* ultrasound*
    unconscious underwent vaccinat* vomit* wheelchair* wisdom_t(?:ooth|eeth)
"""
HEALTH_IN_COMPANY: Final = r"""
    accident* ache* aching ambulance* anxiety anxious appetite appointment* arm arms bandage* bleed* blind blisters?
    blood breath* bruis* cheek chest clinic* cold condition cough* cramp* deaf dentist* depress* diagnos* diet
    disease* dizz* doctor* dosage* dose* dr drops drug drugs ear ears emergency exhausted faint* fever* flu gums heal
    healed healing heals health hearing hears? heart hip hospital* hurt hurts ill illness* immune infect* inflam*
    injection* injur* jaw kidney* knee* leg legs liver lump lung lungs medica* medicine* mg midwife ml moles?
    mood_swings nerve* nurse* ointment operat* pain painful pains patient patients pharmac* physio pill pills pox
    prescri* pulse recover* refill scan scans sick skin sleep* smok* sneez* sore stitches stomach stroke surgery
    swelling swollen symptom* syrup tablet tablets teeth temperature test_results tests throat tooth treat* tremor
    urin* vaccine* virus weak weight wound wounded wounds x-ray* x-rays
"""
NOT_HEALTH: Final = r"""
    at_heart (?:be|been|was|were|is|are|being|more|very|so)_patient(?:_with)? blood_bank_of
    (?:broken|broke_(?:his|her|my|their))[_-]heart* by_heart cancer_(?:research|society|charity)
    cold_(?:water|drink|drinks|war|weather|beer) computer_virus* doctor_of_\w+ doctor's_degree (?:dying|sick|crazy)_to
    health_food healthy_(?:food|meal|eating) heart_and_soul heartbr* heart_of on_pins pain_in_the_\w+ sick_joke*
    sick_of stroke_of treat_(?:him|her|them|my|your)sel* weak_point*
"""
MONEY: Final = r"""
    alimony (?:asks?|asked|asking)_for_a_(?:pay_)?raise bad_credit
    bank_(?:account|balance|statement|loan|details|transfer)* bankrupt*
    behind_(?:with|on|in)_(?:the|his|her|their|my|rent|payments|bills)* can_not_afford cannot_afford can't_afford
    child_support collection_agenc* could_not_afford couldn't_afford
    credit_(?:card|cards|score|rating|limit|history|report|check|line) debt_(?:collect|relief|advis|advic)* debtor*
    debts disability_(?:benefit|pension|allowance)* dividend*
    (?:dollars|euros|pounds|bucks)_(?:an|per|a)_(?:hour|year)
    (?:earns?|earned|earning)_(?:more|less|\d\S*|about|only|well|little|enough|too|around|nothing|money|twice|almost)
    evict* finances
    financial(?:ly)?_(?:aid|problem|trouble|difficult|situation|support|help|ruin|worr|adviser|advisor|hardship|insecur|struggl)*
    food_(?:stamps?|bank) foreclos* gambl* garnish* (?:his|her|my|their|our|no|all)_(?:\w+_)?savings
    hourly_(?:wage|rate|pay) housing_benefit* income incomes inherit*
    (?:in|into|of|from|her|his|their|my|off|the)_debt(?!_(?:of|to)) insolven* instal?ments?
    (?:is|are|was|were|am|be|being|they're|i'm|he's|she's|we're)_broke life_insurance living_paycheck
    loan_(?:application|repayment|payment|shark)* (?:los(?:es|t|ing)|owes?|owed)_(?:\w+_){0,3}money maxed_out
    minimum_wage missed_(?:a_|the_|two_|three_)?payments? mortgag* net_worth on_welfare overdraft* overdrawn
    overdue_(?:rent|bills?|payments?) owe_money owes_money pawn(?:ed|s|shop) paycheck*
    pay_(?:cut|rise|raise|slip|packet)* payday* payslip*
    (?:pays?|paid|owes?|owed|underpa\w+|avoids?|evades?|evading|back|unpaid|his|her|their|more|in)_tax(?:es)? pension*
    poverty refinanc* remittance* repossess* retirement_(?:fund|savings|plan|account)* run(?:s|ning)?_out_of_money
    salar* savings_account* severance short_of_money social_security stipend* student_(?:loan|debt)* tax_bracket
    (?:tax|taxes)_(?:office|return|refund|authorit|debt|evasion|bill|inspector|audit|bracket|fraud)* unable_to_pay
    unemployment_(?:benefit|pay|money|insurance)* wage wages welfare_(?:benefit|payment|cheque|check|office)*
"""
MONEY_IN_COMPANY: Final = r"""
    account accounts afford balance bank banks bills? bonus broker car_payment charge charged charges credit creditor*
    declined deposit deposits divorce(?:_settlement)? donat* earn* employer fee fees fund funds insurance interest
    interest_rate* invest* landlord loan loans money owe owed owes payments?
    (?:pay|pays|paid|paying)_(?:off|back|down) payroll pension poor profit* raise rejected rent
    repa(?:y|id|ys|ying|yment)* rich scholarship* settlement shares staff stock stocks support supports tax taxed
    taxes tenant transfer* tuition unpaid wealth* welfare withdraw*
"""
NOT_MONEY: Final = r"""
    account_of balance_of_(?:the|power|nature) bank(?:s)?_of_(?:the_)?(?:river|lake|canal|stream|clouds?|fog|snow)
    benefits_of blood_bank* (?:by|with|a|and|or)_credit_cards? credit_union* free_of_charge give(?:s|n)?_credit
    in_charge(?:_of)? interested_in interest_in loan_of (?:loses|lost|keeps?)_(?:his|her|their|my)_balance
    on_account_of on_loan on_no_account poor_(?:thing|boy|girl|dog|cat) (?:river|snow|fog|data|food|west)_bank*
    saved_money save(?:s|d)?_(?:time|lives|him|her|them|it|the) saves?_money saving_money
    take(?:s|n)?_(?:\w+_)?into_account welfare_club
"""
IDENTITY: Final = r"""
    out_of_the_closet
    agnostic* anarchis* anti-?semiti* asylum* atheis* (?:bar|bat)_mitzvah*
    (?:believes?|believed|faith|trust)_in_(?:God|Allah|Jesus) bible* bisexual* born-again buddhis* buddhist* burqa*
    caste Catholic* Christian_(?:faith|belief|family|community|values) christianity collective_bargaining
    (?:come|came|coming|comes)_out_(?:as|to) coming-out Communis* communist* Conservative_Party Conservatives
    convert(?:s|ed|ing)?_to_[A-Z]* Democratic_(?:Party|candidate) Democrats? demonstrat(?:ion|or|ors)_(?:against|for)
    deport* discriminat* ethnic* evangelical* faith_(?:community|school|healer) far[_-](?:right|left) fascis*
    feminist* (?:for|votes?|voted|supports?)_(?:the_)?Labour
    gay_(?:and|or|man|men|woman|women|couple|marriage|rights|bar|club|son|daughter|brother|sister|friend|community|wedding|pride|people)*
    gays gender_(?:identity|dysphoria|reassignment|transition)* go(?:es|ing)?_on_strike goes_to_church going_to_church
    GOP Green_Party Greens gurdwara gyps(?:y|ies) halal headscar(?:f|ves) heterosexual* hijab* hindu* Hispanic*
    holocaust homophob* homosexual* imam* immigration_(?:office|officer|officers|status|lawyer|papers|authorities)
    indigenous islam* (?:is|was|as|becoming|became|devout|practi[sc]ing|born)_(?:an?_)?(?:devout_)?Christians?
    (?:is|was|as|being|are|were|openly|am|i'm|he's|she's)_gay Jehovah* Jew jewish Jews
    (?:join|joins|joined|joining)_(?:the|a|his|her|their)_union judaism Kippah* Koran kosher
    Labour_(?:Party|MP|voter)* (?:labou?r|workers'|teachers'|nurses'|rail)_union* Latin[oax]s?
    (?:left|leave|leaving|leaves|joined|joins)_the_church left-wing* lesbian* lgbt* Liberal_(?:Party|Democrats?)
    Marxis* (?:member|members|leader|supporters?)_of_(?:the|a)_(?:\w+_){1,3}[Pp]arty Methodist* mixed[_-]race Mormon*
    mosque* Muslim* muslim* nazi* non-?binary nun nuns on_strike paganis*
    (?:part|participate[sd]?)_in_(?:the|a)_strike
    political_(?:views?|opinions?|beliefs?|party|affiliation|activis\w*|prisoner|refugee|asylum) pray prayed prayer
    prayers praying prays Presbyterian* pride_parade Protestant*
    (?:protest|protests|protested|protesting|demonstrates?|demonstrated|rally)_(?:against|for) Quaker* queer* qur'an
    quran rabbi* racial* racis* Ramadan refugee* religio* Republicans? residence_permit* right-wing* Roma Romani
    sabbath same-sex sexual_(?:orientation|preference|identity)* shabbat Shia shia Shiite* (?:shop|union)_steward*
    sikh* skin_colou?r socialis* Sunni* synagogue*
    (?:the|her|his|their)_union_(?:to|will|can|wants|demands|represents)
    (?:to|attends?|sunday|Sunday|morning|evening)_[Mm]ass Torah Tor(?:y|ies) trade_union* transgender*
    trans_(?:man|woman|men|women|person|people|boy|girl|kid|rights) transsexual* undocumented unioni[sz]*
    union_(?:member|dues|rep|representative|meeting|organi[sz]er|card|vote|fee|activist|contract|leader)*
    (?:vote|votes|voted|voting)_(?:for|against)_(?:the_)?[A-Z]* white_suprem* xenophob* yarmulke zionis*
"""
IDENTITY_IN_COMPANY: Final = r"""
    abroad activist* authorities campaign* candidate* church citizen* congregation creed cross culture* easter
    election* expired faith fast fasted fasting fasts fled foreign* friday government hate holy immigra* insult* left
    liberal* marriage marry mass migra* minister minorit* monk monks native neighbourhood orthodox papers parliament
    party pastor persecut* politic* president priest priests protest* race rally spiritual strike strikes temple
    temples threatened tribe union unions vicar visa visas vote voted votes wed weds workers worship*
"""
NOT_IDENTITY: Final = r"""
    credit_union* european_union fast_(?:food|train|car|lane) good_faith human_race (?:lightning|luck)_strike*
    (?:native|file)_(?:format|plants?|speaker) party_(?:dress|hat|starts|bag) race_(?:track|car) strike_of
    vote(?:s|d)?_for_(?:pizza|pasta)
"""
PEOPLES: Final = """
    Afghan African African-American Albanian Algerian American Arab Arabic Armenian Asian Australian Austrian
    Bangladeshi Belgian Black Bosnian Brazilian British Bulgarian Canadian Chinese Colombian Congolese Croatian Cuban
    Czech Danish Dutch Egyptian English Eritrean Ethiopian Filipino Finnish French Georgian German Ghanaian Greek
    Haitian Hungarian Indian Indonesian Iranian Iraqi Irish Israeli Italian Jamaican Japanese Kenyan Korean Kurdish
    Latina Latino Lebanese Libyan Maori Mexican Moroccan Nigerian Norwegian Orthodox Pakistani Palestinian Persian
    Peruvian Polish Portuguese Romanian Russian Scottish Senegalese Serbian Somali Spanish Sudanese Swedish Swiss
    Syrian Thai Tibetan Tunisian Turkish Ukrainian Uyghur Vietnamese Welsh White
"""
PLURALS: Final = """
    Africans Arabs Asians Blacks Germans Jews Kurds Mexicans Muslims Poles Romanians Russians Turks foreigners
    immigrants
"""
