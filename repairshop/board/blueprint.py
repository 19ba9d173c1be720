"""One name for all pages of the board."""

from flask import Blueprint

board = Blueprint("board", __name__)
