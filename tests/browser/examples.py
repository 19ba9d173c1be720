"""Invented data for the style guide."""

from typing import Any


def _card(reference: str, title: str, number: str, facts: str = "", **more: Any) -> dict[str, Any]:
    card: dict[str, Any] = {
        "reference": reference,
        "href": f"/done/{reference}",
        "title": title,
        "number": number,
        "facts": facts,
        "late": "",
        "asked": "",
        "status": "",
        "share": 20,
        "share_label": "20 percent of the time repairs like this take",
        "tone": "",
        "version": 3,
        "verbs": [
            {"text": "Start test", "action": f"/done/{reference}-test", "posts": True},
            {"text": "Needs part", "action": f"/done/{reference}-part", "posts": False},
            {"text": "Ask customer", "action": f"/done/{reference}-ask", "posts": False},
        ],
    }
    return card | more


BENCH: dict[str, Any] = {
    "columns": [
        {
            "title": "To diagnose",
            "limit": 8,
            "cards": [
                _card(
                    "K7QP3M2X5", "Galaxy S22, no charge", "R-4806", late="1 day late", share=92, tone="late"
                ),
                _card("K7QP3M2XA", "ThinkPad T14, no display", "R-4822", "Due Thu"),
                _card("K7QP3M2XB", "Switch, left stick drift", "R-4824", "Due Fri", share=8),
            ],
        },
        {
            "title": "Customer to decide",
            "limit": None,
            "cards": [
                _card("K7QP3M2XC", "iPhone 13, screen", "R-4821", asked="asked 2 h ago", share=38),
                _card("K7QP3M2XD", "MacBook Air, battery", "R-4815", asked="asked 1 d ago", share=55),
            ],
        },
        {
            "title": "Waiting for part",
            "limit": None,
            "cards": [
                _card("K7QP3M2XE", "Pixel 7, back glass", "R-4809", "Part Thu", share=60),
                _card("K7QP3M2XF", "Surface 4, SSD", "R-4811", "Part Fri", share=48),
            ],
        },
        {
            "title": "Ready to start",
            "limit": None,
            "cards": [_card("K7QP3M2XG", "Xbox, no power", "R-4816", "Due Thu", share=41)],
        },
        {
            "title": "On the bench",
            "limit": 3,
            "cards": [
                _card("K7QP3M2XH", "iPhone 12, battery", "R-4818", "Due 17:00", share=70, tone="soon"),
                _card("K7QP3M2XJ", "iPad Air, screen", "R-4817", "Due today", share=66),
            ],
        },
        {
            "title": "Test and close",
            "limit": None,
            "cards": [_card("K7QP3M2XK", "Dell XPS, fan", "R-4812", status="final_checks", share=None)],
        },
        {
            "title": "Ready",
            "limit": None,
            "cards": [_card("K7QP3M2XM", "PS5, HDMI port", "R-4803", status="ready", share=None)],
        },
    ],
    "figures": [
        ("23", "in the shop", False),
        ("2 late", "promised before now", True),
        ("5", "due today", False),
        ("4 d", "8 in 10 finish within", False),
    ],
}

REPAIR: dict[str, Any] = {
    "lines": [
        {"text": "Screen, original, new", "price": "£74.00"},
        {"text": "Battery, original, new", "price": "£24.00"},
        {"text": "Work, 45 minutes", "price": "£31.00"},
    ],
    "steps": [
        {"state": "done", "title": "Handed in", "detail": "Mon 3 Mar 16:20 · 6 photos · sealed bag 0093"},
        {"state": "done", "title": "Diagnosed", "detail": "Tue 4 Mar 09:41 · 14 tests, 2 failed"},
        {"state": "now", "title": "Your decision", "detail": "Waiting for you since Tue 09:52"},
        {"state": "todo", "title": "Repair", "detail": "About 45 minutes of work"},
        {"state": "todo", "title": "Tested and ready"},
    ],
    "openings": [
        {
            "title": "Nobody has opened your data",
            "when": "Checked Tue 4 Mar 10:00",
            "detail": "A passcode was not needed for this repair.",
        },
    ],
}

HISTORY = [
    {
        "title": "Quote sent",
        "when": "Tue 4 March 09:52",
        "iso": "2026-03-04T09:52Z",
        "who": "Sam",
        "detail": "£129.00, valid until Tue 18 March.",
    },
    {"title": "Diagnosis finished", "when": "Tue 4 March 09:41", "iso": "2026-03-04T09:41Z", "who": "Sam"},
    {"title": "Checked in", "when": "Mon 3 March 16:20", "iso": "2026-03-03T16:20Z", "who": "Frank"},
]
STAGES = [
    "booked",
    "received",
    "diagnosing",
    "awaiting_approval",
    "approved",
    "awaiting_parts",
    "in_repair",
    "final_checks",
    "ready",
    "unclaimed",
    "handed_over",
    "surrendered",
    "cancelled",
]
TONES = ["neutral", "blue", "amber", "violet", "teal", "green", "red", "plain"]
TASKS = [
    {"title": "Condition and photos", "href": "/done/condition", "done": True, "hint": "6 photos"},
    {"title": "What may we open?", "href": "/done/privacy"},
    {"title": "How we reach Dana meanwhile", "href": "/done/reach", "status": "Started", "tone": "amber"},
    {"title": "Signature", "hint": "After the three above"},
]
FACTS = [
    {"key": "Name", "value": "Dana Reyes", "href": "/done/name", "change": "name"},
    {"key": "Phone", "value": "07700 900123", "href": "/done/phone", "change": "phone number"},
    {"key": "Repair without asking", "value": "Up to £60.00", "href": "/done/limit", "change": "limit"},
    {"key": "Serial number", "value": "Not provided"},
]
COLUMNS = [
    {"title": "Ticket", "code": True},
    {"title": "Device"},
    {"title": "Stage"},
    {"title": "Age", "number": True},
    {"title": "Price", "number": True},
]
ROWS = [
    ["R-4806", "Galaxy S22", "Diagnosis", "6 d", "£64.00"],
    ["R-4821", "iPhone 13", "Customer to decide", "2 d", "£129.00"],
    ["R-4815", "MacBook Air", "Customer to decide", "3 d", "£1,149.00"],
]
