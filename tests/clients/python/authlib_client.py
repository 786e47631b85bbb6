"""Authlib through every flow that it knows, with joserfc for the tokens."""

import time
from functools import partial

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.integrations.starlette_client import OAuth
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from common import API, AUTH, CLIENTS, Refused, browse, call, remember, run
from authlib.common.security import generate_token
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.requests import Request

SCOPE = "openid profile email read offline_access"
METADATA = httpx2.get(AUTH + "/.well-known/openid-configuration").json()
TOKEN = METADATA["token_endpoint"]
KEYS = KeySet.import_key_set(httpx2.get(METADATA["jwks_uri"]).json())


def client(client_id, method=None, **more):
    """A client of the demo data."""
    known = CLIENTS[client_id]
    session = OAuth2Client(
        client_id, known.get("secret"), scope=SCOPE, redirect_uri=known.get("redirect"), code_challenge_method="S256",
        token_endpoint_auth_method=method, revocation_endpoint_auth_method=method, token_endpoint=TOKEN, **more,
    )
    session.register_client_auth_method(ClientSecretJWT(token_endpoint=AUTH))
    return session


def sign_in(session, nonce=None):
    """The code flow by hand."""
    verifier = generate_token(48)
    url, state = session.create_authorization_url(METADATA["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
    return remember(session.fetch_token(TOKEN, authorization_response=browse(url), state=state, code_verifier=verifier))


def id_token(tokens, client_id, nonce):
    """The claims of an ID token, verified by our keys."""
    token = jwt.decode(tokens["id_token"], KEYS, algorithms=METADATA["id_token_signing_alg_values_supported"])
    essential = partial(dict, essential=True)
    jwt.JWTClaimsRegistry(
        iss=essential(value=AUTH), aud=essential(value=client_id), nonce=essential(value=nonce), sub=essential(), exp=essential(), iat=essential(),
    ).validate(token.claims)
    return token.claims


def person(client_id, method):
    """Makes the step of one client and method."""

    def step():
        session, nonce = client(client_id, method), generate_token(20)
        tokens = sign_in(session, nonce)
        assert id_token(tokens, client_id, nonce)["sub"] == "u_ada"
        assert session.get(METADATA["userinfo_endpoint"]).json()["email"]
        assert call("/api/user/profile", tokens["access_token"]) == 200
        renewed = remember(session.refresh_token(TOKEN))
        assert renewed["refresh_token"] != tokens["refresh_token"]
        assert session.revoke_token(METADATA["revocation_endpoint"], renewed["refresh_token"], "refresh_token").status_code == 200
        with Refused(OAuthError, "invalid_grant"):
            session.refresh_token(TOKEN, refresh_token=renewed["refresh_token"])

    step.__doc__ = f"{client_id} with {method}: code with PKCE, ID token, UserInfo, refresh, revocation"
    return step


def renewal():
    """a session renews its expired token by itself, and hands the new one over"""
    kept = []
    session = client("web-app", update_token=lambda token, **_: kept.append(remember(token)))
    tokens = sign_in(session)
    session.token = {**tokens, "expires_at": int(time.time()) - 10}
    assert session.get(API + "/api/protected").status_code == 200
    assert kept and kept[0]["access_token"] != tokens["access_token"]


def introspection():
    """introspection by a resource server, and the end of what it says after a revocation"""
    tokens = sign_in(session := client("web-app"))
    api, endpoint = client("api"), METADATA["introspection_endpoint"]
    assert api.introspect_token(endpoint, tokens["access_token"]).json()["active"] is True
    session.revoke_token(METADATA["revocation_endpoint"], tokens["access_token"], "access_token")
    assert api.introspect_token(endpoint, tokens["access_token"]).json() == {"active": False}


def access_token():
    """an access token by RFC 9068, verified as a resource server would"""
    token = jwt.decode(sign_in(client("web-ui"))["access_token"], KEYS, algorithms=["ES256"])
    assert token.header["typ"] == "at+jwt"
    jwt.JWTClaimsRegistry(iss={"value": AUTH}, aud={"value": API}, sub={"value": "u_ada"}, client_id={"value": "web-ui"}).validate(token.claims)


def machine(method):
    """Makes the step of one method."""

    def step():
        tokens = remember(client("client-123", method).fetch_token(TOKEN, grant_type="client_credentials", scope="read:students"))
        assert call("/students", tokens["access_token"]) == 200

    step.__doc__ = f"client-123 with {method}: client credentials"
    return step


def signing(client_id, key, **options):
    """A machine that signs."""
    session = OAuth2Client(client_id, key, token_endpoint_auth_method="private_key_jwt", token_endpoint=TOKEN)
    session.register_client_auth_method(PrivateKeyJWT(alg="ES256", **options))
    return session


def key():
    """The demo caller's key."""
    jwk = {name: value for name, value in CLIENTS["caller"]["jwk"].items() if name not in ("key_ops", "use")}
    return ECKey.import_key(jwk)


def private_key_jwt():
    """private_key_jwt, for the issuer: what it calls token_endpoint is the audience (ClientSecretJWT in rfc7523/auth.py)"""
    session = signing("caller", key(), token_endpoint=AUTH)
    for _ in range(2):
        tokens = remember(session.fetch_token(grant_type="client_credentials", scope="read:students"))
        assert call("/students", tokens["access_token"]) == 200


def private_key_jwt_as_is():
    """private_key_jwt, for the token endpoint, which is what it does by itself: for clients that are registered so alone"""
    tokens = remember(signing("by-endpoint", key()).fetch_token(grant_type="client_credentials", scope="read:students"))
    assert call("/students", tokens["access_token"]) == 200
    with Refused(OAuthError, "invalid_client"):
        signing("caller", key()).fetch_token(grant_type="client_credentials", scope="read:students")


def errors():
    """a wrong secret, a wrong verifier and a code used twice are errors that it understands"""
    wrong = OAuth2Client("client-123", "not-the-secret", token_endpoint=TOKEN)
    with Refused(OAuthError, "invalid_client"):
        wrong.fetch_token(grant_type="client_credentials")
    session, verifier = client("web-ui"), generate_token(48)
    for mistaken in (True, False):
        url, state = session.create_authorization_url(METADATA["authorization_endpoint"], code_verifier=verifier)
        location = browse(url)
        fetch = partial(session.fetch_token, TOKEN, authorization_response=location, state=state)
        if not mistaken:
            remember(fetch(code_verifier=verifier))
        with Refused(OAuthError, "invalid_grant"):
            fetch(code_verifier=generate_token(48) if mistaken else verifier)


def framework(client_id):
    """Makes the step of one client."""

    async def step():
        known = CLIENTS[client_id]
        oauth = OAuth()
        oauth.register(
            "ostiary", client_id=client_id, client_secret=known.get("secret"),
            server_metadata_url=AUTH + "/.well-known/openid-configuration",
            client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
        )
        site = {"session": {}, "type": "http", "method": "GET", "path": "/callback", "headers": []}
        sent = await oauth.ostiary.authorize_redirect(Request({**site, "query_string": b""}), known["redirect"])
        query = browse(sent.headers["location"]).split("?", 1)[1]
        tokens = remember(await oauth.ostiary.authorize_access_token(Request({**site, "query_string": query.encode()})))
        assert tokens["userinfo"]["sub"] == "u_ada" and tokens["userinfo"]["nonce"]
        assert (await oauth.ostiary.userinfo(token=tokens))["email"]

    step.__doc__ = f"a site with its Starlette integration, by discovery, as {client_id}"
    return step


run(
    *(person("web-app", method) for method in ("client_secret_basic", "client_secret_post", "client_secret_jwt")),
    person("web-ui", "none"), renewal, introspection, access_token, machine("client_secret_basic"), machine("client_secret_post"),
    private_key_jwt, private_key_jwt_as_is, errors, framework("web-app"), framework("web-ui"),
)
