//! URIs as they are compared (RFC 3986 §6.2.2, §6.2.3).

/// A URI in its normal spelling: scheme and host in lower case, without the scheme's own port, with a path, escapes only
/// where they are needed. What has no scheme and host stays as it is.
pub fn normalized(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let scheme = scheme.to_ascii_lowercase();
    let own_port = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => ":",
    };
    let authority = authority.to_ascii_lowercase();
    let authority = authority.strip_suffix(own_port).unwrap_or(&authority);
    let slash = if path.starts_with('/') { "" } else { "/" };
    [&scheme, "://", authority, slash, &unescaped(path)].concat()
}

/// A path in which unreserved characters are not escaped and other escapes are in upper case.
fn unescaped(path: &str) -> String {
    let mut pieces = path.split('%');
    let mut normal = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let escaped = piece
            .split_at_checked(2)
            .and_then(|(digits, rest)| Some((u8::from_str_radix(digits, 16).ok()?, digits, rest)));
        match escaped {
            Some((byte, _, rest)) if is_unreserved(byte) => {
                normal.push(char::from(byte));
                normal.push_str(rest);
            }
            Some((_, digits, rest)) => {
                normal.push('%');
                normal.push_str(&digits.to_ascii_uppercase());
                normal.push_str(rest);
            }
            None => {
                normal.push('%');
                normal.push_str(piece);
            }
        }
    }
    normal
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_uri_are_equal() {
        for (one, other) in [
            ("HTTPS://API.Example", "https://api.example/"),
            ("https://api.example:443/mcp", "https://api.example/mcp"),
            ("http://localhost:80?x", "http://LOCALHOST/?x"),
            ("https://a.example/%7ex%2f", "https://a.example/~x%2F"),
        ] {
            assert_eq!(normalized(one), normalized(other), "{one}");
        }
    }

    #[test]
    fn what_may_differ_stays_different() {
        for (one, other) in [
            ("https://a.example/MCP", "https://a.example/mcp"),
            ("https://a.example:8443", "https://a.example"),
            ("https://a.example/a%2fb", "https://a.example/a/b"),
            ("http://a.example", "https://a.example"),
            ("urn:Example:api", "urn:example:api"),
        ] {
            assert_ne!(normalized(one), normalized(other), "{one}");
        }
    }
}
