//! Which client calls, and with what it means to prove it (RFC 6749 §2.3, OIDC Core §9).
//!
//! This only reads what was presented. [`crate::client_assertion`] and the keyring check it.

use base64ct::{Base64, Encoding as _};

use crate::{
    Refusal, Secret,
    client::AuthMethod,
    client_assertion::Kind,
    form::{self, Form},
    id::ClientId,
};

/// The only type of assertion that a client may authenticate with (RFC 7523 §2.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The credentials that a request presents.
#[derive(Debug)]
pub struct Presented {
    /// The client that it claims to be.
    pub client_id: ClientId,
    /// The proof.
    pub proof: Proof,
}

/// How a client means to prove who it is.
#[derive(Debug)]
pub enum Proof {
    /// Not at all: a public client.
    None,
    /// By a secret in the `Authorization` header. Clients that do not form-encode it are understood too.
    Basic {
        /// The secret, form-decoded as RFC 6749 §2.3.1 has it.
        decoded: Secret<String>,
        /// The secret as it was sent.
        verbatim: Secret<String>,
    },
    /// By a secret in the body.
    Post(Secret<String>),
    /// By a signed assertion.
    Assertion(Secret<String>),
    /// By an assertion that is authenticated with its secret.
    SecretAssertion(Secret<String>),
}

impl Proof {
    /// The registered name of this way to authenticate.
    pub const fn method(&self) -> AuthMethod {
        match self {
            Self::None => AuthMethod::None,
            Self::Basic { .. } => AuthMethod::ClientSecretBasic,
            Self::Post(_) => AuthMethod::ClientSecretPost,
            Self::Assertion(_) => AuthMethod::PrivateKeyJwt,
            Self::SecretAssertion(_) => AuthMethod::ClientSecretJwt,
        }
    }
}

/// Reads how a request authenticates its client.
///
/// `assertion_client` finds the client that an assertion names, its `sub`, not yet verified; and what it is made with.
pub fn read(
    authorization: Option<&str>,
    form: &Form,
    assertion_client: impl FnOnce(&str) -> Option<(ClientId, Kind)>,
) -> Result<Presented, Refusal> {
    let body_id = form.one("client_id")?;
    let body_secret = form.one("client_secret")?;
    let assertion = form.one("client_assertion")?;
    let assertion_type = form.one("client_assertion_type")?;
    let by_assertion = assertion.is_some() || assertion_type.is_some();
    match (authorization, body_secret, by_assertion) {
        (Some(header), None, false) => by_basic(header, body_id),
        (None, Some(secret), false) => {
            let client_id = parse_id(body_id)?;
            let proof = Proof::Post(Secret::new(secret.to_owned()));
            Ok(Presented { client_id, proof })
        }
        (None, None, true) => by_jwt(assertion, assertion_type, body_id, assertion_client),
        (None, None, false) => {
            let client_id = parse_id(body_id)?;
            Ok(Presented {
                client_id,
                proof: Proof::None,
            })
        }
        _ => Err(Refusal::TwoMethods),
    }
}

fn parse_id(text: Option<&str>) -> Result<ClientId, Refusal> {
    ClientId::parse(text.ok_or(Refusal::CredentialsMissing)?).ok_or(Refusal::ClientUnauthenticated)
}

fn same_client(client_id: &ClientId, body_id: Option<&str>) -> Result<(), Refusal> {
    match body_id {
        Some(named) if named != client_id.as_str() => Err(Refusal::ClientIdsDiffer),
        Some(_) | None => Ok(()),
    }
}

fn by_basic(header: &str, body_id: Option<&str>) -> Result<Presented, Refusal> {
    // Two headers of the same name arrive joined by a comma, which Basic credentials cannot have.
    if header.contains(',') {
        return Err(Refusal::TwoMethods);
    }
    let (id, secret) = split_basic(header).ok_or(Refusal::BasicMalformed)?;
    let client_id = form::decode_component(&id)
        .as_deref()
        .and_then(ClientId::parse)
        .ok_or(Refusal::BasicMalformed)?;
    same_client(&client_id, body_id)?;
    let decoded = form::decode_component(secret.expose()).ok_or(Refusal::BasicMalformed)?;
    let proof = Proof::Basic {
        decoded: Secret::new(decoded),
        verbatim: secret,
    };
    Ok(Presented { client_id, proof })
}

/// The value of `Authorization` for a client with a secret (RFC 7617 §2). Both parts are form-encoded before they are
/// joined (RFC 6749 §2.3.1): otherwise a colon in the id would end it.
pub fn basic(client_id: &str, secret: &str) -> String {
    let pair = form::encode([(client_id, secret)]).replacen('=', ":", 1);
    ["Basic ", &Base64::encode_string(pair.as_bytes())].concat()
}

fn split_basic(header: &str) -> Option<(String, Secret<String>)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = Base64::decode_vec(encoded.trim_matches(' ')).ok()?;
    let text = Secret::new(String::from_utf8(bytes).ok()?);
    let (id, secret) = text.expose().split_once(':')?;
    Some((id.to_owned(), Secret::new(secret.to_owned())))
}

fn by_jwt(
    assertion: Option<&str>,
    assertion_type: Option<&str>,
    body_id: Option<&str>,
    assertion_client: impl FnOnce(&str) -> Option<(ClientId, Kind)>,
) -> Result<Presented, Refusal> {
    let (Some(assertion), Some(JWT_BEARER)) = (assertion, assertion_type) else {
        return Err(Refusal::AssertionTypeUnknown);
    };
    let (client_id, kind) = assertion_client(assertion).ok_or(Refusal::AssertionMalformed)?;
    same_client(&client_id, body_id)?;
    let assertion = Secret::new(assertion.to_owned());
    let proof = match kind {
        Kind::Signed => Proof::Assertion(assertion),
        Kind::BySecret => Proof::SecretAssertion(assertion),
    };
    Ok(Presented { client_id, proof })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(credentials: &str) -> String {
        format!("Basic {}", Base64::encode_string(credentials.as_bytes()))
    }

    fn presented(authorization: Option<&str>, body: &str) -> Result<Presented, Refusal> {
        let form = Form::parse(body.as_bytes()).unwrap();
        read(authorization, &form, |_| {
            ClientId::parse("caller").zip(Some(Kind::Signed))
        })
    }

    fn refused(authorization: Option<&str>, body: &str) -> Refusal {
        presented(authorization, body).unwrap_err()
    }

    fn basic_secret(header: &str) -> (String, String) {
        let proof = presented(Some(header), "").unwrap().proof;
        let Proof::Basic { decoded, verbatim } = proof else {
            panic!("{proof:?}");
        };
        (decoded.expose().clone(), verbatim.expose().clone())
    }

    #[test]
    fn basic_credentials_are_form_decoded_inside() {
        let (decoded, verbatim) = basic_secret(&header("app:a+b%20c%2D"));
        assert_eq!(
            (decoded.as_str(), verbatim.as_str()),
            ("a b c-", "a+b%20c%2D")
        );
    }

    #[test]
    fn what_basic_writes_is_what_it_reads() {
        // The example of RFC 6749 §2.3.1.
        assert_eq!(
            basic("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw"),
            "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"
        );
        // a%3Ab:%2B%20%C3%BC%3F%3E~
        assert_eq!(
            basic("a:b", "+ ü?>~"),
            "Basic YSUzQWI6JTJCJTIwJUMzJUJDJTNGJTNFfg=="
        );
        assert_eq!(
            basic("the api:=é", "a+b=c%:"),
            header("the%20api%3A%3D%C3%A9:a%2Bb%3Dc%25%3A")
        );
        assert_eq!(basic_secret(&basic("app", "a+b=c%:")).0, "a+b=c%:");
    }

    #[test]
    fn the_scheme_has_no_case() {
        assert!(presented(Some(&header("app:s").replace("Basic", "bAsIc")), "").is_ok());
    }

    #[test]
    fn a_secret_may_hold_a_colon() {
        assert_eq!(basic_secret(&header("app:a:b")).0, "a:b");
    }

    #[test]
    fn what_is_no_basic_header_fails_authentication() {
        let no_utf8 = format!("Basic {}", Base64::encode_string(&[b'a', b':', 0xff]));
        for malformed in [
            "Basic",
            "Basic ",
            "Basic !!!",
            "Bearer abc",
            &header("no-colon"),
            &header("app:%zz"),
            &header(":secret"),
            &header("app:%ff"),
            &no_utf8,
        ] {
            assert_eq!(
                refused(Some(malformed), ""),
                Refusal::BasicMalformed,
                "{malformed}"
            );
        }
    }

    #[test]
    fn two_methods_at_once_are_refused() {
        let basic = header("app:s");
        assert_eq!(
            refused(Some(&basic), "client_secret=s"),
            Refusal::TwoMethods
        );
        assert_eq!(
            refused(Some(&basic), "client_assertion=x"),
            Refusal::TwoMethods
        );
        assert_eq!(
            refused(None, "client_id=app&client_secret=s&client_assertion=x"),
            Refusal::TwoMethods
        );
        assert_eq!(
            refused(Some(&format!("{basic}, {basic}")), ""),
            Refusal::TwoMethods
        );
    }

    #[test]
    fn the_ids_in_header_and_body_agree() {
        assert_eq!(
            refused(Some(&header("app:s")), "client_id=other"),
            Refusal::ClientIdsDiffer
        );
        assert!(presented(Some(&header("app:s")), "client_id=app").is_ok());
    }

    #[test]
    fn an_assertion_needs_its_type() {
        assert_eq!(
            refused(None, "client_assertion=x"),
            Refusal::AssertionTypeUnknown
        );
        let body = form::encode([
            ("client_assertion", "x"),
            ("client_assertion_type", JWT_BEARER),
        ]);
        assert_eq!(presented(None, &body).unwrap().client_id.as_str(), "caller");
    }

    #[test]
    fn nothing_presented_is_no_client() {
        assert_eq!(refused(None, ""), Refusal::CredentialsMissing);
        assert!(matches!(
            presented(None, "client_id=app").unwrap().proof,
            Proof::None
        ));
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(text in ".{0,80}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = presented(Some(&text), "");
            let _ = presented(Some(&format!("Basic {}", Base64::encode_string(&bytes))), "");
        }
    }
}
