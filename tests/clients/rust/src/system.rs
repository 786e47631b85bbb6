//! The running system, as the test describes it.

use std::{collections::HashMap, env};

use anyhow::{Context as _, Result, ensure};
use oauth2::{HttpRequest, HttpResponse, SyncHttpClient, http::Uri, url::Url};
use serde::Deserialize;
use serde_json::{Value, json};

/// The issuer. The libraries take `https` alone for some endpoints; requests go to the workers all the same.
pub const ISSUER: &str = "https://auth.example";

/// Where the parts of the system are.
#[derive(Deserialize)]
pub struct System {
    auth: String,
    api: String,
    person: String,
    clients: HashMap<String, Client>,
}

/// A client of the demo data.
#[derive(Deserialize)]
pub struct Client {
    pub secret: Option<String>,
    pub redirect: Option<String>,
}

impl System {
    pub fn from_environment() -> Result<Self> {
        Ok(serde_json::from_str(&env::var("OSTIARY_SYSTEM")?)?)
    }

    pub fn client(&self, id: &str) -> Result<&Client> {
        self.clients.get(id).context("no such client")
    }

    /// The person's part, played by the test: the parameters of the redirect back.
    pub fn browse(&self, url: &Url) -> Result<HashMap<String, String>> {
        let url = url.as_str().replace(ISSUER, &self.auth);
        let asked = Url::parse_with_params(&self.person, [("url", url)])?;
        let location = agent()
            .get(asked.as_str())
            .call()?
            .into_body()
            .read_to_string()?;
        let location = Url::parse(&location).with_context(|| location.clone())?;
        let returned: HashMap<String, String> = location.query_pairs().into_owned().collect();
        ensure!(
            returned.get("iss").is_some_and(|iss| iss == ISSUER),
            "{returned:?}"
        );
        Ok(returned)
    }

    /// A GET at the API, which must answer 200.
    pub fn call(&self, path: &str, access_token: &str) -> Result<()> {
        let request = agent().get(format!("{}{path}", self.api));
        let answer = request
            .header("authorization", format!("Bearer {access_token}"))
            .call()?;
        ensure!(answer.status() == 200, "{path}: {}", answer.status());
        Ok(())
    }

    /// The JSON that is answered to a GET, or to a POST of JSON, at the issuer.
    pub fn json(&self, path: &str, body: Option<&Value>) -> Result<String> {
        let url = format!("{}{path}", self.auth);
        let answer = match body {
            None => agent().get(url).call()?,
            Some(body) => agent()
                .post(url)
                .header("content-type", "application/json")
                .send(body.to_string())?,
        };
        Ok(answer.into_body().read_to_string()?)
    }
}

impl SyncHttpClient for System {
    type Error = ureq::Error;

    fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, ureq::Error> {
        let url = request.uri().to_string().replace(ISSUER, &self.auth);
        *request.uri_mut() = url
            .parse::<Uri>()
            .map_err(|error| ureq::Error::Http(error.into()))?;
        let (parts, mut body) = agent().run(request)?.into_parts();
        Ok(HttpResponse::from_parts(parts, body.read_to_vec()?))
    }
}

/// Tells the test a secret, so that it looks for it in logs and stores.
pub fn remember(secret: &str, what: &str) {
    println!("{}", json!({ "secret": secret, "what": what }));
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0);
    config.build().into()
}
