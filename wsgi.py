"""What the web server loads."""

from config import load_config
from repairshop.app import create_app

app = create_app(load_config())
