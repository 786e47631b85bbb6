"""MCP's client library for Python through its whole ladder."""

import time
from functools import partial

from common import AUTH, CLIENTS, MCP, browse, remember, returned, run, say
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
)
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata
from joserfc.jwk import ECKey

STUDENTS = {"students": [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Alan"}]}
TOOLS = ["list_students", "my_profile", "change_my_name"]


class Storage:
    """What the library keeps."""

    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        remember(tokens.model_dump())
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        for name in ("client_secret", "registration_access_token"):
            if getattr(client, name, None):
                say(secret=getattr(client, name), what=name)
        self.client = client


class Person:
    """The person's part, and where the library has sent the browser."""

    def __init__(self):
        self.sent = []

    async def redirect(self, url):
        self.sent.append(url)

    async def callback(self):
        return AuthorizationCodeResult(**returned(browse(self.sent[-1])))


def provider(storage, person):
    """A client that nobody prepared: it registers itself."""
    metadata = OAuthClientMetadata(client_name="Python", redirect_uris=["http://127.0.0.1:9999/callback"])
    return OAuthClientProvider(MCP, metadata, storage, person.redirect, person.callback)


def connected(auth, mode):
    """A session at the MCP server."""
    return Client(streamable_http_client(MCP, http_client=create_mcp_http_client(auth=auth)), mode=mode)


def whole(mode):
    """Makes the step of one mode."""

    async def step():
        storage, person = Storage(), Person()
        auth = provider(storage, person)
        async with connected(auth, mode) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS
            assert (await client.call_tool("list_students", {})).structured_content == STUDENTS
            assert len(person.sent) == 1
            sent = returned(person.sent[0])
            assert sent["resource"] == MCP and sent["code_challenge_method"] == "S256", sent
            # More scope where a tool needs it, and none lost.
            assert (await client.call_tool("change_my_name", {"name": "Ada King"})).structured_content["name"] == "Ada King"
            assert len(person.sent) == 2
            assert {"read", "read:students", "write"} <= set(returned(person.sent[1])["scope"].split())
            assert (await client.call_tool("list_students", {})).structured_content == STUDENTS
            # An old token is renewed without asking anybody.
            first = storage.tokens
            assert first.refresh_token
            auth.context.token_expiry_time = time.time() - 1
            assert (await client.call_tool("my_profile", {})).structured_content["name"] == "Ada King"
            assert len(person.sent) == 2
            assert storage.tokens.refresh_token != first.refresh_token

    step.__doc__ = f"mode {mode}: registration, authorization, tools, more scope, refresh"
    return step


def machine(name, make):
    """Makes the step of a machine."""

    async def step():
        async with connected(make(storage=Storage(), scope="read:students", issuer=AUTH), "auto") as client:
            assert (await client.call_tool("list_students", {})).structured_content == STUDENTS

    step.__doc__ = f"{name}: client credentials and a tool"
    return step


def signing(**options):
    """The demo caller's key, of a client that may have all that the challenge names: the library asks for that, whatever scope it
    was given (Step 3 of _auth_flow in client/auth/oauth2.py)."""
    jwk = {name: value for name, value in CLIENTS["caller"]["jwk"].items() if name not in ("key_ops", "use")}
    pem = ECKey.import_key(jwk).as_pem(private=True).decode()
    signer = SignedJWTParameters(issuer="signing", subject="signing", signing_key=pem, signing_algorithm="ES256")
    return PrivateKeyJWTOAuthProvider(MCP, client_id="signing", assertion_provider=signer.create_assertion_provider(), **options)


secret = partial(ClientCredentialsOAuthProvider, MCP, client_id="client-123", client_secret=CLIENTS["client-123"]["secret"])

run(
    whole("legacy"), whole("auto"), whole("2026-07-28"),
    machine("client-123 with client_secret_basic", secret),
    machine("client-123 with client_secret_post", partial(secret, token_endpoint_auth_method="client_secret_post")),
    machine("a client with private_key_jwt", signing),
)
