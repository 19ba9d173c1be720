"""Flask-Security over our tables: it checks passwords; second factor and sessions are ours."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask, request, session

from repairshop.clock import now
from repairshop.database import db
from repairshop.staff import counters, queries, service
from repairshop.staff import session as staff_session
from repairshop.staff.forms import LONGEST_PASSWORD
from repairshop.staff.models import Staff
from repairshop.staff.passwords import hashed as hashed
from repairshop.staff.passwords import normalised
from repairshop.staff.security_library import (
    LoginForm,
    RoleMixin,
    Security,
    UserDatastore,
    UserMixin,
    VerifyForm,
    set_request_attr,
    verify_password,
)
from repairshop.staff.throttle import (
    Subject,
    account_subject,
    address_subject,
    begin_attempt,
    factor_subject,
    known_browser_subject,
    pin_subject,
    record_success,
)
from repairshop.transaction import transaction
from repairshop.web.access import Access, Door, mark, safe_next
from repairshop.web.forms import clean_text

FRESH_FOR = timedelta(minutes=10)


@dataclass(kw_only=True)
class Account(UserMixin):
    """What Flask-Security sees of a person: a copy, so that no row outlives its transaction."""

    id: int
    email: str
    password: str | None
    active: bool
    fs_uniquifier: str = ""
    roles: list[RoleMixin] = field(default_factory=list)  # stays empty: Membership holds roles per shop


class AccountDatastore(UserDatastore):
    """Reads accounts; a password hash that Flask-Security renews is written through transaction()."""

    def __init__(self) -> None:
        super().__init__(user_model=Account, role_model=RoleMixin)

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Account | None:  # noqa: ARG002 - Flask-Security's signature
        """By e-mail, id or fs_uniquifier; addresses are stored folded, so case never counts."""
        if "id" in kwargs:
            return _account(db.session.get(Staff, kwargs["id"]))
        if "email" in kwargs:
            return _account(queries.find_staff_by_email(kwargs["email"]))
        return _account(queries.find_staff_by_uniquifier(kwargs["fs_uniquifier"]))

    def find_role(self, role: str) -> None:  # noqa: ARG002 - Flask-Security's signature
        return None

    def put(self, model: Account) -> Account:
        """Flask-Security calls this when it hashed the password anew with today's parameters."""
        with transaction():
            service.store_password_hash(model.id, model.password or "")
        return model

    def commit(self) -> None:
        """Nothing is left to do: put() has committed."""


def _account(staff: Staff | None) -> Account | None:
    if staff is None:
        return None
    return Account(
        id=staff.id,
        email=staff.email,
        password=staff.password,
        active=staff.active and queries.find_working_shop(staff.id) is not None,
        fs_uniquifier=staff.fs_uniquifier,
    )


class SafeNext:
    """Forgets a `next` that leads elsewhere, instead of refusing a right password for it."""

    next: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.next.data = safe_next(self.next.data) or ""


class SignInForm(SafeNext, LoginForm):
    """Flask-Security's check behind our throttle. Every failure looks the same."""

    remember = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email.data = clean_text(self.email.data)

    def validate(self, **kwargs: Any) -> bool:
        shorten(self.password)
        return tried(self.email.data or "", lambda: bool(super(SignInForm, self).validate(**kwargs)))


class SignInAgainForm(SafeNext, VerifyForm):
    """The password once more, before something that asks for a fresh sign-in."""

    def validate(self, **kwargs: Any) -> bool:
        shorten(self.password)
        return tried(self.user.email, lambda: bool(super(SignInAgainForm, self).validate(**kwargs)))


def shorten(password: Any) -> None:
    """A password longer than any we take is wrong, whatever it is; the hash would refuse it with an error."""
    password.data = (password.data or "")[: LONGEST_PASSWORD + 1]


def tried(email: str, check: Any) -> bool:
    """Run the password check if the throttle permits it, and count the outcome."""
    return tried_as(_subjects(email), check)


def tried_as(subjects: list[Subject], check: Any) -> bool:
    """Run a check of somebody's secret if the throttle permits it, and count the outcome."""
    with transaction():
        permitted = begin_attempt(subjects, now=now())
    if not permitted or not check():
        return False
    with transaction():
        record_success(subjects)
    return True


def _subjects(email: str) -> list[Subject]:
    browser = staff_session.known_browser(email)
    account = known_browser_subject(email, browser) if browser else account_subject(email)
    return [account, address_subject(request.remote_addr or "")]


def is_password_of(staff_id: int, password: str) -> bool:
    """Whether this is the person's password now; counts against the throttle like a sign-in."""
    staff = db.session.get(Staff, staff_id)
    if staff is None or staff.password is None:
        return False
    email, stored = staff.email, staff.password
    return tried(email, lambda: bool(verify_password(normalised(password), stored)))


def is_factor_of(staff_id: int, check: Any) -> bool:
    """Whether the code or key is this person's; counts against a throttle of its own."""
    return tried_as([factor_subject(staff_id), address_subject(request.remote_addr or "")], check)


def is_pin_of(staff_id: int, pin: str, *, computer_id: int) -> bool:
    """Whether this is the person's PIN now; counts for the person at this computer."""
    stored = counters.find_pin_hash(staff_id)
    subjects = [pin_subject(staff_id, computer_id), address_subject(request.remote_addr or "")]
    return stored is not None and tried_as(subjects, lambda: bool(verify_password(pin, stored)))


def init_accounts(app: Flask) -> None:
    app.config.from_mapping(_settings())
    security = Security()
    security.init_app(
        app,
        AccountDatastore(),
        login_form=SignInForm,
        verify_form=SignInAgainForm,
    )
    security.want_json(lambda _request: False)
    security.login_manager.session_protection = None
    security.login_manager.user_loader(_load_account)
    # No sign-in by a token in an address or a header.
    security.login_manager.request_loader(lambda _request: None)
    staff_session.listen(app)
    for endpoint in ("security.login", "security.logout", "security.verify"):
        mark(app.view_functions[endpoint], Access(door=Door.PUBLIC))


def _settings() -> dict[str, object]:
    return {
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_VERIFY_URL": "/sign-in/again",
        "SECURITY_LOGIN_USER_TEMPLATE": "security/sign_in.html",
        "SECURITY_VERIFY_TEMPLATE": "security/sign_in_again.html",
        "SECURITY_POST_LOGIN_VIEW": "/",
        "SECURITY_POST_LOGOUT_VIEW": "/sign-in",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_CLI_USERS_NAME": "",  # people are added by links, not by Flask-Security's commands
        "SECURITY_CLI_ROLES_NAME": "",
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_FLASH_MESSAGES": False,
        "SECURITY_REGISTERABLE": False,
        "SECURITY_USERNAME_ENABLE": False,
        "SECURITY_RECOVERABLE": False,
        # The second factor stands on our own session rows; why: docs/decisions/0011.
        "SECURITY_TWO_FACTOR": False,
        "SECURITY_WEBAUTHN": False,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_FRESHNESS": FRESH_FOR,
        "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(0),
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_HASH": "argon2",
        # Without Flask-Security's own HMAC a new SECRET_KEY does not end every password.
        "SECURITY_PASSWORD_SINGLE_HASH": {"argon2"},
        # 32 MiB: above OWASP's floor (19 MiB, 2 rounds), yet sixteen sign-ins at once fit in a small machine.
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__memory_cost": 32768,
            "argon2__time_cost": 3,
            "argon2__parallelism": 1,
        },
        "SECURITY_PASSWORD_LENGTH_MIN": 8,
    }


def _load_account(fs_uniquifier: str) -> Account | None:
    """Flask-Login's question: who is this? Our session row answers.

    Styles, scripts and typefaces are the same for everybody: nobody is looked up for them, and they come also
    while the database is away.
    """
    if request.endpoint == "static":
        return None
    signed_in = staff_session.find_signed_in()
    if signed_in is None or signed_in.fs_uniquifier != fs_uniquifier:
        return None
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    if request.blueprint != "security":
        # Only its own pages ask for the password; every other page has the session row's word that this is
        # an active person, and needs no further look-up.
        return Account(
            id=signed_in.staff.id,
            email=signed_in.staff.email,
            password=None,
            active=True,
            fs_uniquifier=fs_uniquifier,
        )
    return _account(queries.find_staff_by_uniquifier(fs_uniquifier))
