"""Flask-Security, without the passkey library that it would load for pages of its own.

Those pages stay off (docs/decisions/0011), and loading that library costs each start of the server 0.4 s.
Our own passkeys load it when the first one is met.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import cast


@contextmanager
def _as_if_missing(name: str) -> Iterator[None]:
    if name in sys.modules:
        yield
        return
    sys.modules[name] = cast(ModuleType, None)  # how Python is told that a module is not there
    try:
        yield
    finally:
        del sys.modules[name]


with _as_if_missing("webauthn"):
    from flask_security import LoginForm as LoginForm
    from flask_security import RoleMixin as RoleMixin
    from flask_security import Security as Security
    from flask_security import UserDatastore as UserDatastore
    from flask_security import UserMixin as UserMixin
    from flask_security import VerifyForm as VerifyForm
    from flask_security.utils import hash_password as hash_password
    from flask_security.utils import login_user as login_user
    from flask_security.utils import set_request_attr as set_request_attr
    from flask_security.utils import verify_password as verify_password
