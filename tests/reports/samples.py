"""Invented facts for documents."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from repairshop.handover.payment_rules import PayMethod
from repairshop.handover.queries import HandoverRow
from repairshop.handover.rules import CollectionMethod, IdentityProof
from repairshop.money import Money
from repairshop.quotes.repair_form import Goods, Repairer
from repairshop.reports.form_documents import FormData, FormLine, FormOption, FormService
from repairshop.reports.pass_documents import PassData, PassDevice, PassHours
from repairshop.reports.quote_rules import QuoteAnswer, QuoteData, QuoteLine, QuoteWay
from repairshop.reports.report_rules import (
    AddedWork,
    Checked,
    Claimed,
    Covered,
    CustodyStep,
    Finding,
    FittedPart,
    Opening,
    Passcode,
    Price,
    PriceLine,
    ReportData,
    TestLine,
)
from repairshop.reports.rules import (
    Answer,
    CodeSheet,
    Detail,
    Identity,
    LabelData,
    LabelSize,
    Lent,
    Letterhead,
    Picture,
    Pledge,
    ReceiptData,
    ReceiptTicket,
    SheetCode,
    Signed,
)
from repairshop.reports.slip_documents import Slip
from repairshop.reports.wipe_rules import Stander, WipeData
from repairshop.warranty.rules import Cover

AT = datetime(2026, 3, 3, 16, 20, tzinfo=UTC)
LATER = datetime(2026, 3, 7, 11, 5, tzinfo=UTC)
LINK = "https://repair.example.com/t/1Zb3kQ9xW2mT7vLr5YpNc8dH"
CHECK = "https://repair.example.com/verify/5f0c2a9e41d7b638/" + "9c1e7f" * 10 + "ab12"

SHOP = Letterhead(
    name="Fixwell",
    street="12 High Street",
    city="Manchester",
    phone="0161 496 0000",
    email="hello@example.com",
    country="GB",
    time_zone="Europe/London",
    language="en",
)
DEVICE = Identity(
    label="Apple iPhone 13", device_type="phone", colour="blue", imei="490154203237518", serial="F2LXK0Q1N7"
)


def pounds(minor: int) -> Money:
    return Money(minor=minor, currency="GBP")


def label(size: LabelSize = LabelSize.W62H29, **changes: object) -> LabelData:
    base = LabelData(
        shop=SHOP,
        size=size,
        number="R-4821",
        code="K7QP3M2XJ",
        device="Apple iPhone 13, blue",
        place="B4",
        made_at=AT,
    )
    return replace(base, **changes)


PRIVACY = (
    Answer(task="Is your passcode needed?", answer="No, not for a screen and a battery", at=AT, by="Frank"),
    Answer(task="Our privacy notice", answer="Read, version of 1 March 2026", at=AT, by="Frank"),
    Answer(task="Backup", answer="Yes, made yesterday", at=AT, by="Frank"),
    Answer(task="Repair mode", answer="Not possible", reason="The screen is dead", at=AT, by="Mira"),
    Answer(
        task="SIM and cards",
        answer="Noted",
        details=(Detail(name="sim", value="out"), Detail(name="lock", value="on")),
        at=AT,
        by="Frank",
    ),
    Answer(task="What we may do with your data", answer="Only tests that need it", at=AT, by="Frank"),
    Answer(task="Sealed", answer="Yes", seal="0093", at=AT, by="Frank"),
)

RECEIPT_TICKET = ReceiptTicket(
    number="R-4821",
    code="K7QP3M2XJ",
    device=DEVICE,
    fault="Screen dark",
    reported_fault=(
        "It fell down the stairs on Monday. It rings, the screen stays black. Battery was weak before."
    ),
    loaner=Lent(
        name="Galaxy A14",
        number="R58 N12",
        due_on=date(2026, 3, 13),
        deposit=Money(minor=50_00, currency="GBP"),
    ),
    condition="Glass cracked from the upper left corner; dent at the lower edge; camera glass whole.",
    accessories=("clear case", "USB-C cable"),
    photos=6,
    spend_limit=pounds(12_000),
    fixed_price=None,
    diagnosis_fee=pounds(2_500),
    diagnosis_fee_told_at=AT,
    pledge=Pledge(earliest=date(2026, 3, 6), latest=date(2026, 3, 7)),
    needed_by="Sunday 8 March, I am travelling",
    passcode_kept=False,
    privacy=PRIVACY,
)

RECEIPT = ReceiptData(
    shop=SHOP,
    customer="Carl Cooper",
    handed_in_at=AT,
    tickets=(RECEIPT_TICKET,),
    reach_note="Call Dana if nobody answers.",
    reached_at=("07700 900142", "carl@example.com"),
    signature=Signed(purpose="take_in", name="Carl Cooper", at=AT),
    unclaimed_after_days=30,
    warranty_days=365,
    day_head="3f2a" * 16,
    day_head_of="2026-03-02",
)

TESTS = tuple(
    TestLine(
        label=name,
        before=before,
        after=after,
        note=note,
        before_value="79" if name == "Battery health" else "",
        after_value="100" if name == "Battery health" else "",
        unit="%" if name == "Battery health" else "",
    )
    for name, before, after, note in (
        ("Display shows a picture", "fail", "pass", ""),
        ("Touch answers everywhere", "not_testable", "pass", "Could not be tested with a dark screen"),
        ("Charges by cable", "pass", "pass", ""),
        ("Battery health", "fail", "pass", ""),
        ("Front camera", "pass", "pass", ""),
        ("Rear camera", "pass", "pass", ""),
        ("Microphone", "pass", "pass", ""),
        ("Loudspeaker", "pass", "pass", ""),
        ("Wi-Fi and mobile network", "pass", "pass", ""),
        ("Face recognition", "not_testable", "pass", ""),
    )
)

REPORT = ReportData(
    shop=SHOP,
    number="R-4821",
    code="K7QP3M2XJ",
    stage="handed_over",
    outcome="repaired",
    outcome_reason="",
    device=DEVICE,
    customer="Carl Cooper",
    handed_in_at=AT,
    finished_at=LATER,
    handed_over_at=LATER,
    fault="Screen dark",
    reported_fault=RECEIPT_TICKET.reported_fault,
    condition=RECEIPT_TICKET.condition,
    accessories=RECEIPT_TICKET.accessories,
    photos=(),
    findings=(
        Finding(
            text="The display's cable is torn at the connector; the frame is straight.",
            at=LATER,
            by="Tess",
            section="screen",
            defect="broken",
            cause="fall",
        ),
        Finding(
            text="Battery at 79 % of its capacity after 812 cycles.",
            at=LATER,
            by="Tess",
            section="battery",
            defect="worn",
        ),
    ),
    tests=TESTS,
    checked_before=Checked(at=AT, by="Frank"),
    checked_after=Checked(at=LATER, by="Tess"),
    conclusion=None,
    work=("Display and battery replaced, 45 minutes", "New seal against water fitted and pressed"),
    parts=(
        FittedPart(
            name="Display",
            origin="new_original",
            supplier="Maker's parts programme",
            serial="DN8GH2K1PQ",
            pairing="done",
            software_shows="Genuine Apple part",
            warranty_until=date(2027, 3, 7),
        ),
        FittedPart(
            name="Battery",
            origin="aftermarket",
            supplier="Cellworks",
            serial="CW-77120",
            pairing="impossible",
            lot="L7",
            feature_lost="Charging without a cable",
            software_shows="Unknown part; battery health is not shown",
            warranty_until=date(2027, 3, 7),
        ),
    ),
    price=Price(
        lines=(
            PriceLine(text="Display, original, new", amount=pounds(7_400)),
            PriceLine(text="Work, 45 minutes", amount=pounds(3_100)),
            PriceLine(text="Battery", amount=pounds(2_400)),
        ),
        total=pounds(12_900),
        tax_name="VAT",
        tax=pounds(2_150),
    ),
    added=(
        AddedWork(
            lines=(PriceLine(text="Battery", amount=pounds(2_400)),),
            reason="It swells and would press against the new display.",
            price=pounds(2_400),
            agreed_before=pounds(10_500),
            at_most=pounds(12_900),
            limit=pounds(15_000),
            at=LATER,
            by="Tess",
        ),
    ),
    passcode=Passcode.NEVER_TAKEN,
    passcode_purged_at=None,
    openings=(
        Opening(at=LATER, role="technician", reason="Camera test with the customer's camera app", minutes=4),
    ),
    privacy=PRIVACY,
    custody=(
        CustodyStep(at=AT, holder="staff", label="Frank"),
        CustodyStep(at=AT, holder="place", label="B4"),
        CustodyStep(at=LATER, holder="staff", label="Tess"),
        CustodyStep(at=LATER, holder="specialist", label="Boardworks"),
        CustodyStep(at=LATER, holder="customer"),
    ),
    pledge=Pledge(earliest=date(2026, 3, 6), latest=date(2026, 3, 7), ready_on=date(2026, 3, 6)),
    warranty_until=date(2027, 3, 7),
    covers=(Covered(ends_on=date(2027, 3, 7)), Covered(name="Battery", ends_on=date(2026, 9, 3))),
    issued_at=LATER,
    signatures=(
        Signed(purpose="take_in", name="Carl Cooper", at=AT),
        Signed(purpose="hand_over", name="Carl Cooper", at=LATER),
    ),
    history_entries=37,
    history_head="b81f" * 16,
)

WIPE = WipeData(
    shop=SHOP,
    number="R-4821-E1",
    ticket_number="R-4821",
    code="K7QP3M2XJ",
    device=DEVICE,
    customer="Carl Cooper",
    handed_in_at=AT,
    media_type="Built-in flash, 128 GB",
    media_serial="S4EWNX0M",
    backup=PRIVACY[2],
    method="purge",
    technique="Factory reset with cryptographic erase",
    tool="iOS 19.1 settings",
    check="sample",
    verification="Set-up screen seen, no account asked for",
    destination="recycled",
    destination_note="Green Metals, Salford",
    done=Stander(name="Tess", role="technician", at=LATER),
    confirmed=Stander(name="Mira", role="manager", at=LATER),
    history_seq=31,
    history_head="c40d" * 16,
)

LOANERS_WIPE = replace(
    WIPE, ticket_number="", code="", customer="", handed_in_at=None, backup=None, confirmed=None
)

WAYS = (
    QuoteWay(
        label="With the maker's display",
        price=pounds(12_900),
        at_most=pounds(14_000),
        tax=pounds(2_150),
        lines=(
            QuoteLine(
                description="Display",
                quantity=1,
                unit_price=pounds(7_400),
                total=pounds(7_400),
                optional=False,
                origin="new_original",
                warranty_days=365,
                device_will_show="Genuine Apple part",
                source="Maker's parts programme",
            ),
            QuoteLine(
                description="Work",
                quantity=1,
                unit_price=pounds(3_100),
                total=pounds(3_100),
                optional=False,
                minutes=45,
                hourly_rate=pounds(4_133),
            ),
            QuoteLine(
                description="Battery",
                quantity=1,
                unit_price=pounds(2_400),
                total=pounds(2_400),
                optional=True,
                origin="aftermarket",
                warranty_days=180,
                device_will_show="Unknown part; battery health is not shown",
                feature_lost="Charging without a cable",
            ),
        ),
    ),
    QuoteWay(
        label="With another maker's display",
        price=pounds(8_900),
        at_most=pounds(8_900),
        tax=pounds(1_483),
        lines=(
            QuoteLine(
                description="Display",
                quantity=1,
                unit_price=pounds(8_900),
                total=pounds(8_900),
                optional=False,
                origin="aftermarket",
            ),
        ),
    ),
)
QUOTE = QuoteData(
    shop=SHOP,
    number="R-4821",
    code="K7QP3M2XJ",
    device=DEVICE,
    customer="Carl Cooper",
    version=2,
    sent_at=AT,
    message="The battery swells. It should go while the device is open.",
    earliest=date(2026, 3, 6),
    latest=date(2026, 3, 7),
    valid_until=date(2026, 3, 17),
    diagnosis_fee=pounds(2_500),
    diagnosis_fee_told_at=AT,
    tax_name="VAT",
    ways=WAYS,
    answers=(),
    is_open=True,
    hash="77d0" * 16,
)
APPROVED = QuoteAnswer(
    kind="approved",
    at=LATER,
    channel="portal",
    price=pounds(10_500),
    at_most=pounds(11_600),
    left_out=("Battery",),
)

FORM = FormData(
    number="R-4821",
    code="K7QP3M2XJ",
    version=2,
    hash="51ab" * 16,
    repairer=Repairer(
        name="Fixwell",
        street="12 High Street",
        city="Manchester",
        country="United Kingdom",
        phone="0161 496 0000",
        email="hello@example.com",
        time_zone="Europe/London",
    ),
    goods=Goods(
        label="Apple iPhone 13", serial="F2LXK0Q1N7", imei="490154203237518", defect="The screen is dark."
    ),
    options=(
        FormOption(
            label="With the maker's display",
            price=pounds(12_900),
            at_most=pounds(14_000),
            lines=(
                FormLine(
                    description="Display",
                    quantity=1,
                    total=pounds(7_400),
                    optional=False,
                    minutes=0,
                    hourly_rate=None,
                ),
                FormLine(
                    description="Work",
                    quantity=1,
                    total=pounds(3_100),
                    optional=False,
                    minutes=45,
                    hourly_rate=pounds(4_133),
                ),
            ),
        ),
    ),
    tax_name="VAT",
    tax_percent=Decimal("20"),
    diagnosis_fee=pounds(2_500),
    earliest=date(2026, 3, 6),
    latest=date(2026, 3, 7),
    replacement=True,
    replacement_cost=pounds(0),
    place="At our counter, or by courier",
    services=(FormService(kind="transport", price=pounds(500)),),
    more="We keep parts for five years.",
    issued_on=date(2026, 3, 3),
    valid_until=date(2026, 4, 3),
)

PASS = PassData(
    by_customer=True,
    shop=SHOP,
    code="RSKK1ZB3KQ9XW2MT",
    devices=(
        PassDevice(label="Apple iPhone 13, blue", number="R-4821", is_ready=True, to_pay=pounds(12_900)),
        PassDevice(label="Apple iPad Air", number="R-4822", is_ready=False),
    ),
    collectors=("Carl Cooper", "Dana Diaz"),
    lent=("Galaxy A14",),
    hours=(
        PassHours(
            first=date(2024, 1, 1),
            last=date(2024, 1, 5),
            opens=datetime(2024, 1, 1, 9, tzinfo=UTC),
            closes=datetime(2024, 1, 1, 18, tzinfo=UTC),
        ),
    ),
    drawn_at=LATER,
    works_until=date(2026, 3, 21),
)


SLIP = Slip(
    shop=SHOP,
    number="R-4821",
    code="K7QP3M2XJ",
    device_label="Apple iPhone 13",
    customer_name="Carl Cooper",
    left=HandoverRow(
        method=CollectionMethod.COUNTER,
        collected_by="Dana Diaz",
        entrusted_because="",
        proof=IdentityProof.IDENTITY_CARD,
        signed_name="Dana Diaz",
        signature_media_id=None,
        carrier="",
        tracking="",
        ship_to="",
        due=pounds(12_900),
        paid=pounds(12_900),
        pay_method=PayMethod.CARD,
        till_reference="T-114",
        paid_because="",
        at=LATER,
        staff_name="Frank",
    ),
    covers=(
        Cover(ends_on=date(2027, 3, 7)),
        Cover(ends_on=date(2026, 9, 3), part_fitted_id=1, name="Battery"),
    ),
)
SENT_SLIP = replace(
    SLIP,
    left=replace(
        SLIP.left,
        method=CollectionMethod.CARRIER,
        carrier="Parcel Co",
        tracking="PC 77 120",
        ship_to="5 Mill Lane, Salford",
    ),
)
CLAIM = Claimed(
    code="0A1BC2D3E",
    claimed_on=date(2026, 3, 2),
    covered=True,
    about=Covered(name="Battery", ends_on=date(2026, 9, 3)),
    because="The cell swelled; nobody opened the device.",
)


def with_photos(media_ids: list[int], *, signature: int | None = None, after: int = 0) -> ReportData:
    """The last `after` of the intake's four are of the finished device."""
    pictures = tuple(
        Picture(media_id=media_id, sha256="0" * 64, caption=f"Side {number}", step="intake")
        for number, media_id in enumerate(media_ids, start=1)
    )
    findings = (replace(REPORT.findings[0], photos=pictures[4:5]), *REPORT.findings[1:])
    tests = (replace(REPORT.tests[0], photos_before=pictures[5:6]), *REPORT.tests[1:])
    signatures = REPORT.signatures
    if signature is not None:
        hand = Picture(media_id=signature, sha256="0" * 64)
        signatures = tuple(replace(signed, picture=hand) for signed in signatures)
    return replace(
        REPORT,
        photos=pictures[: 4 - after],
        photos_after=pictures[4 - after : 4],
        findings=findings,
        tests=tests,
        signatures=signatures,
    )


CODES = CodeSheet(
    shop=SHOP,
    codes=(
        SheetCode(code="RSCTAKE", text="TAKE", name=""),
        SheetCode(code="RSPSHELF3", text="SHELF3", name="Shelf 3"),
        SheetCode(code="RSPPARCELCO", text="PARCELCO", name="Parcel Co"),
        SheetCode(code="RSH7", text="7", name="Žofie"),
    ),
    made_at=AT,
)
