//! A small world: one user, a public client, two confidential ones, and a browser to drive them.

use std::collections::BTreeMap;
use std::rc::Rc;

use oauth_core::{
    base64url,
    client::{AuthMethod, Client},
    form,
    grant_type::GrantType,
    http::{Answer, Headers, Incoming, Method},
    id::{ClientId, UserId},
    jose::JwkSet,
    keyring::Keyring,
    password::{self, Password},
    pkce::CodeVerifier,
    redirect_uri::RegisteredRedirectUri,
    remote_document::Reach,
    scope::Scope,
    settings::{DirectLogin, Lifetimes, Resource, Roles, Settings},
};
use oauth_server::{
    Context, authorize, consent, login, ports::User, resource_scopes::ResourceScopes, token,
    userinfo,
};

use crate::{
    crypto::{P256Key, run},
    memory::World,
};

pub use crate::reading::{basic, hidden, member, parameter, text};

/// The issuer of the fixture.
pub const ISSUER: &str = "https://auth.example";
/// The redirect URI of the public client.
pub const REDIRECT: &str = "https://app.example/cb";
/// Ada's password.
pub const PASSWORD: &str = "lovelace-1843";
/// The secret of the client `web`.
pub const SECRET: &str = "web-secret-0123456789";
/// A verifier for requests of the fixture.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The endpoints over a [`World`], with one browser.
pub struct Fixture {
    /// The world behind the ports.
    pub world: World,
    /// The browser's cookies.
    pub cookies: BTreeMap<String, String>,
    /// The browser's network address.
    pub address: String,
}

impl Fixture {
    /// Ada; `spa` (public), `web` (a secret, all grants), `machine` (a key, client credentials).
    ///
    /// # Panics
    ///
    /// Never: the values are sound.
    pub fn new() -> Self {
        let keyring = Keyring::from_secret(&base64url::encode(&[8; 32])).expect("a secret");
        let settings = Settings {
            issuer: ISSUER.into(),
            resources: ["https://api.example", "https://mcp.example;token=opaque"]
                .iter()
                .filter_map(|text| Resource::parse(text))
                .collect(),
            lifetimes: Lifetimes::default(),
            direct_login: DirectLogin::On,
            registration: oauth_core::settings::Registration::default(),
            client_documents: Some(Reach::Public),
        };
        let fixture = Self {
            world: World::new(settings, keyring),
            cookies: BTreeMap::new(),
            address: "192.0.2.1".to_owned(),
        };
        fixture.add_ada();
        fixture.describe(
            "https://api.example",
            r#""scopes_supported":["read"],"scope_descriptions":{"read":"Read your profile"}"#,
        );
        fixture.register_clients();
        fixture
    }

    fn register_clients(&self) {
        self.register(client("spa", vec![AuthMethod::None]));
        let mut web = client(
            "web",
            vec![AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost],
        );
        let hash = self
            .world
            .keyring
            .client_secret_hash(&web.client_id, SECRET);
        web.secret_hashes = vec![hash];
        self.register(web);
        let mut machine = client("machine", vec![AuthMethod::PrivateKeyJwt]);
        machine.jwks = Some(JwkSet {
            keys: vec![machine_key().public()],
        });
        machine.redirect_uris = vec![];
        machine.grant_types = vec![GrantType::ClientCredentials];
        self.register(machine);
    }

    /// Lets a resource say these members of its metadata.
    ///
    /// # Panics
    ///
    /// If they are not sound.
    pub fn describe(&self, resource: &str, members: &str) {
        let json = format!(r#"{{"resource":"{resource}",{members}}}"#);
        let scopes = ResourceScopes::parse(json.as_bytes(), resource).expect("sound metadata");
        let mut described = self.world.described.borrow_mut();
        described.insert(resource.to_owned(), Rc::new(scopes));
    }

    /// Registers a client, in place of one with the same id.
    pub fn register(&self, client: Client) {
        let mut clients = self.world.clients.borrow_mut();
        clients.insert(client.client_id.clone(), Rc::new(client));
    }

    fn add_ada(&self) {
        let user = User {
            user_id: UserId::parse("u_ada").expect("an id"),
            username: "ada".into(),
            name: Some("Ada Lovelace".into()),
            email: Some("ada@example.com".into()),
            roles: Roles::default(),
        };
        let hash =
            password::hash(&Password::typed(PASSWORD, &self.world), [1; 16]).expect("a hash");
        self.world
            .users
            .borrow_mut()
            .insert("ada".into(), (user, hash));
    }

    /// The context of the endpoints.
    pub fn context(&self) -> Context<'_, World> {
        Context::new(
            &self.world.settings,
            &self.world.keyring,
            &self.world,
            self.world.now.get(),
        )
    }

    /// Lets time pass.
    pub fn wait(&self, seconds: i64) {
        self.world.now.set(self.world.now.get().plus(seconds));
    }

    /// A request as the browser sends it: a form, with its cookies.
    pub fn incoming(&self, method: Method, path: &str, query: &str, body: &str) -> Incoming {
        let mut headers = vec![(
            "content-type".to_owned(),
            "application/x-www-form-urlencoded".to_owned(),
        )];
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        headers.push(("cookie".to_owned(), pairs.join("; ")));
        Incoming {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Headers::new(headers),
            body: body.as_bytes().to_vec(),
            address: Some(self.address.clone()),
            request_id: "test".to_owned(),
        }
    }

    /// Keeps the cookies that an answer sets.
    pub fn keep(&mut self, answer: Answer) -> Answer {
        for (name, value) in &answer.headers {
            let pair = value
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='));
            if let (&"set-cookie", Some((cookie, value))) = (name, pair) {
                self.cookies.insert(cookie.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// The browser opens the authorization endpoint.
    pub fn authorize(&mut self, query: &str) -> Answer {
        let request = self.incoming(Method::Get, "/oauth/authorize", query, "");
        let answer = run(answer!(
            Page,
            authorize::authorize,
            self.context(),
            &request
        ));
        self.keep(answer)
    }

    /// The browser sends the login form of a page, filled in by Ada.
    pub fn log_in(&mut self, page: &Answer, password: &str) -> Answer {
        self.log_in_as(page, "ada", password)
    }

    /// The browser sends the login form of a page.
    pub fn log_in_as(&mut self, page: &Answer, username: &str, password: &str) -> Answer {
        let (request, csrf) = (hidden(page, "request"), hidden(page, "csrf"));
        let body = form::encode([
            ("username", username),
            ("password", password),
            ("request", &request),
            ("csrf", &csrf),
        ]);
        let request = self.incoming(Method::Post, "/login", "", &body);
        let answer = run(answer!(
            ByContentType,
            login::login,
            self.context(),
            &request
        ));
        self.keep(answer)
    }

    /// The browser sends the consent form of a page.
    pub fn decide(&mut self, page: &Answer, decision: &str) -> Answer {
        let [request, csrf, terms] = ["request", "csrf", "terms"].map(|name| hidden(page, name));
        self.send_decision(&[
            ("request", &request),
            ("csrf", &csrf),
            ("terms", &terms),
            ("decision", decision),
        ])
    }

    /// The browser sends a consent form with these fields, and without the terms.
    pub fn decide_with(&mut self, request: &str, csrf: &str, decision: &str) -> Answer {
        self.send_decision(&[("request", request), ("csrf", csrf), ("decision", decision)])
    }

    fn send_decision(&mut self, fields: &[(&str, &str)]) -> Answer {
        let body = form::encode(fields.iter().copied());
        let request = self.incoming(Method::Post, "/consent", "", &body);
        let answer = run(answer!(Page, consent::consent, self.context(), &request));
        self.keep(answer)
    }

    /// The whole way from a request to the redirect with the code.
    ///
    /// # Panics
    ///
    /// If the login fails.
    pub fn grant(&mut self, query: &str) -> Answer {
        let mut answer = self.authorize(query);
        if text(&answer).contains("name=\"password\"") {
            let answered = self.log_in(&answer, PASSWORD);
            assert_eq!(answered.status, 303, "{}", text(&answered));
            answer = self.authorize(query);
        }
        if answer.status == 200 {
            answer = self.decide(&answer, "allow");
        }
        answer
    }

    /// A client's request to an endpoint: a form, and no cookies.
    pub fn post(
        &self,
        path: &str,
        authorization: Option<&str>,
        parameters: &[(&str, &str)],
    ) -> Incoming {
        let body = form::encode(parameters.iter().copied());
        let mut request = self.incoming(Method::Post, path, "", &body);
        let mut headers = vec![(
            "content-type".to_owned(),
            "application/x-www-form-urlencoded".to_owned(),
        )];
        headers.extend(authorization.map(|value| ("authorization".to_owned(), value.to_owned())));
        request.headers = Headers::new(headers);
        request
    }

    /// A request to the token endpoint.
    pub fn token(&self, authorization: Option<&str>, parameters: &[(&str, &str)]) -> Answer {
        let request = self.post("/oauth/token", authorization, parameters);
        run(answer!(Json, token::token, self.context(), &request))
    }

    /// A request to the UserInfo endpoint.
    pub fn userinfo(&self, access_token: &str) -> Answer {
        let mut request = self.incoming(Method::Get, "/oauth/userinfo", "", "");
        request.headers =
            Headers::new([("authorization".to_owned(), format!("Bearer {access_token}"))]);
        run(answer!(
            Challenge,
            userinfo::userinfo,
            self.context(),
            &request
        ))
    }

    /// A code for the client `spa`, redeemed.
    pub fn tokens(&mut self) -> Answer {
        let code = parameter(&self.grant(&request(&[])), "code");
        self.redeem(&code)
    }

    /// The client `spa` redeems a code.
    pub fn redeem(&self, code: &str) -> Answer {
        self.token(
            None,
            &[
                ("grant_type", "authorization_code"),
                ("client_id", "spa"),
                ("code", code),
                ("redirect_uri", REDIRECT),
                ("code_verifier", VERIFIER),
            ],
        )
    }

    /// The client `spa` uses a refresh token.
    pub fn refresh(&self, refresh_token: &str) -> Answer {
        self.token(
            None,
            &[
                ("grant_type", "refresh_token"),
                ("client_id", "spa"),
                ("refresh_token", refresh_token),
            ],
        )
    }
}

impl Default for Fixture {
    fn default() -> Self {
        Self::new()
    }
}

/// The key of the client `machine`.
pub fn machine_key() -> P256Key {
    P256Key::from_seed(9).with_key_id("machine-1")
}

/// A client that may do everything.
///
/// # Panics
///
/// For an id that no client can have.
pub fn client(name: &str, methods: Vec<AuthMethod>) -> Client {
    let client_id = ClientId::parse(name).expect("an id");
    Client {
        redirect_uris: vec![RegisteredRedirectUri::parse(REDIRECT).expect("a URI")],
        grant_types: vec![
            GrantType::AuthorizationCode,
            GrantType::RefreshToken,
            GrantType::ClientCredentials,
        ],
        scope: Scope::parse("openid profile read m2m:run").expect("a scope"),
        default_scope: Scope::parse("read").expect("a scope"),
        ..Client::new(client_id, format!("The {name} application"), methods)
    }
}

/// A sound authorization request of `spa`, with some parameters replaced or (empty) left out.
///
/// # Panics
///
/// Never: the verifier is sound.
pub fn request(changes: &[(&str, &str)]) -> String {
    let challenge = CodeVerifier::parse(VERIFIER).map(|verifier| verifier.challenge());
    let challenge = challenge.expect("a verifier");
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", "spa"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid profile read"),
        ("state", "the state"),
        ("nonce", "the nonce"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        if !value.is_empty() {
            pairs.push((name, value));
        }
    }
    form::encode(pairs)
}
