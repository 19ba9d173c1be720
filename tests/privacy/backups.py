"""The main database as it was, brought back: the key store stays the one of today."""

import shutil

import psycopg

from repairshop.database import db


def backup(database, url, folder, request):
    db.session.rollback()
    db.engine.dispose()
    if database == "sqlite":
        shutil.copyfile(folder / "repairshop.db", folder / "older.db")
        return
    databases = request.getfixturevalue("postgresql_databases")
    name = psycopg.conninfo.conninfo_to_dict(url.replace("+psycopg", ""))["dbname"]
    databases.run("DROP DATABASE IF EXISTS older WITH (FORCE)")
    databases.run(f'CREATE DATABASE older TEMPLATE "{name}"')


def restore(app, database, url, folder, request):
    db.session.rollback()
    db.engine.dispose()
    if database == "sqlite":
        shutil.copyfile(folder / "older.db", folder / "repairshop.db")
        return
    databases = request.getfixturevalue("postgresql_databases")
    name = psycopg.conninfo.conninfo_to_dict(url.replace("+psycopg", ""))["dbname"]
    databases.run(f'DROP DATABASE "{name}" WITH (FORCE)')
    databases.run(f'ALTER DATABASE older RENAME TO "{name}"')
