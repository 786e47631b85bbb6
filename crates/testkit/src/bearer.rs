//! Requests without a readable access token, and the answer that every protected resource must give (RFC 6750 §3).

/// An `Authorization` header, the status of the answer, and the error code in its challenge.
pub type Case = (Option<&'static str>, u16, Option<&'static str>);

/// The cases. UserInfo, the administration and the resource server's guard are tested with them.
pub const CASES: [Case; 13] = [
    (None, 401, None),
    (Some("Basic dTpw"), 401, None),
    (Some("Negotiate"), 401, None),
    (Some("Digest username=\"ada\""), 401, None),
    (Some(""), 400, Some("invalid_request")),
    (Some("Bearer"), 400, Some("invalid_request")),
    (Some("Bearer "), 400, Some("invalid_request")),
    (Some("Bearer a!b"), 400, Some("invalid_request")),
    (Some("Bearer a b"), 400, Some("invalid_request")),
    (Some("Bearer a, Bearer b"), 400, Some("invalid_request")),
    (Some("Bearer,a"), 400, Some("invalid_request")),
    (Some("Bearer nonsense"), 401, Some("invalid_token")),
    (Some("bEARER nonsense"), 401, Some("invalid_token")),
];

/// Whether the challenge of an answer is for bearer tokens and has this error, or none.
pub fn is_challenge(challenge: Option<&str>, error: Option<&str>) -> bool {
    let Some(challenge) = challenge.filter(|challenge| challenge.starts_with("Bearer realm="))
    else {
        return false;
    };
    match error {
        Some(error) => challenge.contains(&format!("error=\"{error}\"")),
        None => !challenge.contains("error="),
    }
}
