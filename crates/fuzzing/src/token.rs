//! Tokens, keys and proofs. A text of three lines is a token in the making: header, claims, signature. Any other is the token itself.

use oauth_core::{
    Fault, UnixTime, base64url,
    dpop::{self, Expected},
    jose::{
        AccessTokenClaims, Algorithm, Jwk, JwkSet, Leeway, PublicKeys, RegisteredClaims, SecretJwt,
        SignatureVerifier, UntrustedJwt, is_object_without_repeats, mint,
    },
};
use serde_json::Value;
use testkit::crypto::{NativeVerifier, P256Key, run};

/// Accepts every signature whose message and algorithm are those of the token, and whose key is for that.
struct AnySigner<'a>(&'a str);

impl SignatureVerifier for AnySigner<'_> {
    async fn verify(
        &self,
        key: &Jwk,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Fault> {
        let signed = self.0.rsplit_once('.').map_or("", |(signed, _)| signed);
        assert_eq!(signed.as_bytes(), message);
        assert_eq!(
            self.0.rsplit('.').next(),
            Some(base64url::encode(signature).as_str())
        );
        assert!(key.allows(algorithm));
        let header = member(self.0, 0);
        assert_eq!(
            header.get("alg").and_then(Value::as_str),
            Some(algorithm.name())
        );
        Ok(true)
    }
}

/// A segment of a token as JSON.
fn member(token: &str, place: usize) -> Value {
    let segment = token.split('.').nth(place).and_then(base64url::decode);
    segment
        .and_then(|json| serde_json::from_slice(&json).ok())
        .unwrap_or_default()
}

/// The token that the bytes are, or are the parts of.
fn token(bytes: &[u8]) -> Option<String> {
    let parts: Vec<&[u8]> = bytes.splitn(3, |byte| *byte == b'\n').collect();
    match parts.as_slice() {
        [header, claims, signature] => Some(
            [header, claims, signature]
                .map(|part| base64url::encode(part))
                .join("."),
        ),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    }
}

/// A token.
pub fn jwt(bytes: &[u8]) {
    let Some(text) = token(bytes) else {
        return;
    };
    let (signed, by_secret) = (UntrustedJwt::parse(&text), SecretJwt::parse(&text));
    assert!(signed.is_err() || by_secret.is_err());
    if signed.is_err() && by_secret.is_err() {
        return;
    }
    let segments: Vec<_> = text.split('.').map(base64url::decode).collect();
    assert!(segments.len() == 3 && segments.iter().all(Option::is_some));
    for member in ["crit", "b64", "jku", "x5u", "jwk"] {
        assert!(self::member(&text, 0).get(member).is_none());
    }
    if let Ok(jwt) = by_secret {
        assert!(!jwt.is_of(b"a secret that nobody has used yet"));
    }
    if let Ok(jwt) = signed {
        verified(&text, jwt);
    }
}

fn verified(text: &str, jwt: UntrustedJwt<'_>) {
    let own = P256Key::from_seed(3);
    if let Ok(again) = UntrustedJwt::parse(text) {
        assert!(
            run(again.verify::<Value>(&NativeVerifier, &own.public())).is_err(),
            "nobody signed it"
        );
    }
    let algorithm = jwt.algorithm();
    let is_access_token = jwt.unverified_claims::<AccessTokenClaims>().is_ok();
    let outcome = run(jwt.verify::<RegisteredClaims>(&AnySigner(text), &own.public()));
    let Ok(token) = outcome else {
        return;
    };
    assert_eq!(algorithm, Algorithm::Es256);
    let now = UnixTime(1_700_000_000);
    let leeway = Leeway {
        expired: 30,
        ahead: 60,
    };
    let claims = member(text, 1);
    if token.claims.check_times(now, leeway).is_ok() {
        let seconds = claims
            .get("exp")
            .and_then(Value::as_f64)
            .unwrap_or_default();
        assert!(seconds > 1_699_999_969.0, "{claims}");
    }
    if is_access_token {
        minted(text, &own);
    }
}

/// Claims that are read are printed and read alike.
fn minted(text: &str, key: &P256Key) {
    let read = |text: &str| {
        let jwt = UntrustedJwt::parse(text).ok()?;
        jwt.unverified_claims::<AccessTokenClaims>().ok()
    };
    let claims = read(text);
    let Some(Ok(again)) = claims
        .as_ref()
        .map(|claims| run(mint(key, "at+jwt", claims)))
    else {
        return crate::uris::unreachable("claims cannot be minted");
    };
    assert_eq!(read(&again), claims);
    let jwt = UntrustedJwt::parse(&again);
    let outcome =
        jwt.map(|jwt| run(jwt.verify::<AccessTokenClaims>(&NativeVerifier, &key.public())));
    assert!(matches!(outcome, Ok(Ok(token)) if Some(&token.claims) == claims.as_ref()));
}

/// A key, or a set of keys.
pub fn jwk(bytes: &[u8]) {
    if let Ok(json) = std::str::from_utf8(bytes)
        && let Ok(key) = Jwk::parse(json)
    {
        printed_alike(&key);
    }
    let set = JwkSet::parse(bytes);
    if let Ok(set) = &set {
        assert!(set.keys.len() <= 64);
        let printed = serde_json::to_vec(set).unwrap_or_default();
        assert_eq!(JwkSet::parse(&printed).as_ref(), Ok(set));
        let strict = serde_json::from_slice::<PublicKeys>(&printed);
        assert!(strict.is_ok_and(|strict| strict.0 == *set));
        set.keys.iter().for_each(printed_alike);
        for algorithm in Algorithm::ALL {
            let found = set.find(None, algorithm);
            assert!(found.is_none_or(|key| key.allows(algorithm)));
        }
    }
    // What is skipped is not read as UTF-8: that is for whoever reads the whole (`is_object_without_repeats`).
    if is_object_without_repeats(bytes)
        && let Ok(strict) = serde_json::from_slice::<PublicKeys>(bytes)
    {
        assert_eq!(set, Ok(strict.0));
    }
}

fn printed_alike(key: &Jwk) {
    let json = serde_json::to_string(key).unwrap_or_default();
    assert_eq!(Jwk::parse(&json).as_ref(), Ok(key));
    let printed: Value = serde_json::from_str(&json).unwrap_or_default();
    for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        assert!(printed.get(private).is_none());
    }
    assert_eq!(
        base64url::decode(&key.thumbprint()).map(|hash| hash.len()),
        Some(32)
    );
    let bare = Jwk {
        key: key.key.clone(),
        key_id: None,
        algorithm: None,
        usage: None,
    };
    assert_eq!(bare.thumbprint(), key.thumbprint());
}

const NOW: UnixTime = UnixTime(1_700_000_000);

/// The request that a proof is for.
const EXPECTED: Expected<'static> = Expected {
    method: "POST",
    url: "https://as.example/oauth/token",
    access_token: None,
    now: NOW,
};

/// A proof of possession.
pub fn dpop(bytes: &[u8]) {
    let Some(text) = token(bytes) else {
        return;
    };
    let long_ago = Expected {
        now: UnixTime(0),
        ..EXPECTED
    };
    assert!(run(dpop::verify(&NativeVerifier, &text, &long_ago)).is_err());
    let Ok(proof) = run(dpop::verify(&AnySigner(&text), &text, &EXPECTED)) else {
        return;
    };
    let key = member(&text, 0).get("jwk").map(Value::to_string);
    let key = Jwk::parse(&key.unwrap_or_default());
    assert!(key.is_ok_and(|key| key.thumbprint() == proof.jkt));
    assert!((1..=256).contains(&proof.jti.len()));
    assert!((-300..=300).contains(&NOW.since(proof.iat)));
    assert!(proof.remembered_until() > NOW);
    let claims = member(&text, 1);
    let htu = claims.get("htu").and_then(Value::as_str);
    let htu = htu.and_then(|htu| url::Url::parse(htu).ok());
    let origin = htu.map(|htu| htu.origin().ascii_serialization());
    assert_eq!(origin.as_deref(), Some("https://as.example"));
    for_no_other_request(&text);
}

fn for_no_other_request(proof: &str) {
    let method = Expected {
        method: "GET",
        ..EXPECTED
    };
    let url = Expected {
        url: "https://as.example/oauth/par",
        ..EXPECTED
    };
    let token = Expected {
        access_token: Some("no hash of it"),
        ..EXPECTED
    };
    let later = Expected {
        now: NOW.plus(601),
        ..EXPECTED
    };
    for other in [method, url, token, later] {
        assert!(run(dpop::verify(&AnySigner(proof), proof, &other)).is_err());
    }
}
