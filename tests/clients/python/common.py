"""What the programs share: where the system is, the person's part, and how results reach the test that runs them."""

import asyncio
import inspect
import json
import os
import traceback
import urllib.request
from urllib.parse import parse_qs, quote, urlsplit

SYSTEM = json.loads(os.environ["OSTIARY_SYSTEM"])
AUTH, API, MCP = SYSTEM["auth"], SYSTEM["api"], SYSTEM["api"] + "/mcp"
CLIENTS = SYSTEM["clients"]


def browse(url):
    """The person's part, played by the test: from the authorization URL to the redirect back."""
    with urllib.request.urlopen(f"{SYSTEM['person']}/?url={quote(url, safe='')}") as answer:
        return answer.read().decode()


def returned(location):
    """The parameters of a redirect back."""
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def call(path, access_token):
    """The status of a GET at the API."""
    request = urllib.request.Request(API + path, headers={"authorization": f"Bearer {access_token}"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def remember(tokens):
    """Tells the test the secrets, so that it looks for them in logs and stores."""
    for name in ("access_token", "refresh_token", "id_token"):
        if tokens.get(name):
            say(secret=tokens[name], what=name)
    return tokens


def say(**fields):
    """One line for the test."""
    print(json.dumps(fields), flush=True)


def run(*steps):
    """Runs the steps; each is a test whose name is its docstring."""
    for step in steps:
        error = None
        try:
            result = step()
            if inspect.isawaitable(result):
                asyncio.run(result)
        except BaseException:
            error = traceback.format_exc()
        say(test=inspect.getdoc(step), error=error)


class Refused:
    """Expects a block to raise an error of a kind, with a code if one is named."""

    def __init__(self, kind, code=None):
        self.kind, self.code = kind, code

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _trace):
        assert error is not None, f"{self.kind.__name__} was expected"
        if not isinstance(error, self.kind):
            return False
        assert self.code is None or error.error == self.code, f"{error.error} instead of {self.code}"
        return True
