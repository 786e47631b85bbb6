//! URIs, with a second opinion: how browsers read them.

use oauth_core::{
    form::Form,
    redirect_uri::{Reach, RegisteredRedirectUri, ValidRedirect},
};
use url::Url;

use crate::first_line;

/// A redirect URI that is registered, and on the next line one that is presented.
pub fn redirect(bytes: &[u8]) {
    let Some((registered, presented)) = first_line(bytes) else {
        return;
    };
    let Ok(presented) = std::str::from_utf8(presented) else {
        return;
    };
    let Ok(registered) = RegisteredRedirectUri::parse(registered) else {
        return;
    };
    assert_eq!(
        RegisteredRedirectUri::parse(registered.as_str()).as_ref(),
        Ok(&registered)
    );
    as_browsers_do(&registered.accept_default());
    for native in [false, true] {
        let accepted = if native {
            registered.accept_native(presented)
        } else {
            registered.accept(presented)
        };
        if let Some(accepted) = accepted {
            assert_eq!(accepted.as_str(), presented);
            same_place(registered.as_str(), presented);
            as_browsers_do(&accepted);
        }
    }
}

/// Nothing differs but the port of a loopback address.
fn same_place(registered: &str, presented: &str) {
    if registered == presented {
        return;
    }
    let (Ok(one), Ok(other)) = (Url::parse(registered), Url::parse(presented)) else {
        unreachable("a URI that was accepted is no URL");
        return;
    };
    assert_eq!((one.scheme(), other.scheme()), ("http", "http"));
    assert!(matches!(
        one.host_str(),
        Some("127.0.0.1" | "[::1]" | "localhost")
    ));
    assert_eq!(one.host_str(), other.host_str());
    assert_eq!((one.path(), one.query()), (other.path(), other.query()));
}

/// A browser goes to the host that users are shown, and takes the answer's parameters there.
pub(crate) fn as_browsers_do(redirect: &ValidRedirect) {
    // The second opinion has no tables for other scripts here, and an assertion of its own that they are there.
    if redirect.as_str().contains("xn--") {
        return;
    }
    let sent = redirect.with_params(&[("code", "a&b"), ("iss", "https://as.example")]);
    let Ok(there) = Url::parse(&sent) else {
        // What is no URL to a browser leads nowhere.
        return;
    };
    assert!(
        there.username().is_empty() && there.password().is_none(),
        "{sent}"
    );
    assert!(there.fragment().is_none(), "{sent}");
    match redirect.reach() {
        Reach::PrivateUseScheme => assert_eq!(there.scheme(), redirect.authority()),
        Reach::Site | Reach::Loopback => shown(redirect, &there),
    }
    let query = Form::parse(there.query().unwrap_or_default().as_bytes());
    let one = |name| {
        query
            .as_ref()
            .ok()
            .and_then(|query| query.one(name).ok()?.map(str::to_owned))
    };
    assert_eq!(one("code").as_deref(), Some("a&b"), "{sent}");
    assert_eq!(one("iss").as_deref(), Some("https://as.example"), "{sent}");
}

fn shown(redirect: &ValidRedirect, there: &Url) {
    let Ok(shown) = Url::parse(&["http://", redirect.host(), "/"].concat()) else {
        unreachable("a host that is shown is none to a browser");
        return;
    };
    assert_eq!(shown.host(), there.host(), "{there}");
    assert!(matches!(there.scheme(), "https" | "http"));
    let loopback = match there.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(url::Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    };
    // What is shown as a site is never this machine; what is shown as this machine may be an odd spelling.
    assert!(!loopback || redirect.reach() == Reach::Loopback, "{there}");
    assert!(there.scheme() == "https" || loopback, "{there}");
}

/// Fails: this cannot be.
pub(crate) fn unreachable(reason: &str) {
    assert!(reason.is_empty(), "{reason}");
}
