//! Private-use schemes of applications on the user's machine (RFC 8252 §7.1).

use super::{RedirectUriError, authority};

/// Schemes of one label that browsers or systems act upon themselves. Any other is an application's.
const NOT_PRIVATE: [&str; 55] = [
    "about",
    "afp",
    "blob",
    "brave",
    "callto",
    "chrome",
    "content",
    "data",
    "dict",
    "edge",
    "facetime",
    "file",
    "filesystem",
    "ftp",
    "ftps",
    "geo",
    "git",
    "gopher",
    "hcp",
    "http",
    "https",
    "intent",
    "irc",
    "ircs",
    "jar",
    "javascript",
    "ldap",
    "ldaps",
    "livescript",
    "magnet",
    "mailto",
    "market",
    "mocha",
    "news",
    "nfs",
    "opera",
    "rdp",
    "res",
    "resource",
    "search",
    "sftp",
    "shell",
    "sip",
    "sips",
    "skype",
    "smb",
    "sms",
    "ssh",
    "tel",
    "telnet",
    "vbscript",
    "vnc",
    "webcal",
    "ws",
    "wss",
];

/// A private-use scheme is a reversed domain name (RFC 8252 §7.1). Applications have others: one label without a hyphen,
/// before a host and a path, such as `cursor://host/path`.
fn is_private(scheme: &str, rest: &str) -> bool {
    let legal = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.');
    let labels = scheme.split('.').filter(|label| !label.is_empty()).count();
    let is_alone = labels == 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let has_host = rest
        .strip_prefix("//")
        .is_some_and(|rest| !authority(rest).is_empty());
    scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(legal)
        && (labels >= 2 || is_alone && has_host && !NOT_PRIVATE.contains(&scheme))
}

/// Checks a URI of another scheme than `https` and `http`: what follows its colon is `rest`.
pub(super) fn check(scheme: &str, rest: &str) -> Result<(), RedirectUriError> {
    if !is_private(scheme, rest) {
        Err(RedirectUriError::Scheme)
    } else if rest.is_empty() {
        Err(RedirectUriError::Host)
    } else if rest.contains('@') {
        Err(RedirectUriError::Userinfo)
    } else if rest
        .strip_prefix("//")
        .map(authority)
        .is_some_and(|name| !name.bytes().all(is_name))
    {
        Err(RedirectUriError::Host)
    } else {
        Ok(())
    }
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}
