//! Parameters, credentials and scopes.

use std::collections::BTreeSet;

use oauth_core::{
    client_assertion,
    client_authentication::{self, Presented, Proof},
    form::{self, Form},
    scope::Scope,
};

use crate::first_line;

/// A query or a body.
pub fn form(bytes: &[u8]) {
    let Ok(read) = Form::parse(bytes) else {
        return;
    };
    assert_eq!(
        Form::parse(form::encode(read.iter()).as_bytes()).as_ref(),
        Ok(&read)
    );
    let names: BTreeSet<&str> = read.iter().map(|(name, _)| name).collect();
    assert!(read.iter().count() <= form::MOST_PARAMETERS);
    assert_eq!(read.has_repeats(), names.len() < read.iter().count());
    for (name, value) in read.iter() {
        assert!(!name.contains('\0') && !value.contains('\0'));
        match read.one(name) {
            Err(form::Repeated) => assert!(read.values(name).count() > 1),
            Ok(one) => assert_eq!(one.unwrap_or_default(), value),
        }
    }
}

/// The `Authorization` of a token request, and its body.
pub fn basic(bytes: &[u8]) {
    let Some((header, body)) = first_line(bytes) else {
        return;
    };
    let Ok(form) = Form::parse(body) else {
        return;
    };
    let header = (!header.is_empty()).then_some(header);
    let Ok(presented) = client_authentication::read(header, &form, client_assertion::client_id)
    else {
        return;
    };
    let Presented { client_id, proof } = presented;
    let named = form.one("client_id").unwrap_or_default();
    assert!(named.is_none_or(|named| named == client_id.as_str()));
    let secret = form.one("client_secret").unwrap_or_default();
    match proof {
        Proof::Basic { decoded, .. } => {
            assert!(header.is_some() && secret.is_none());
            let written = client_authentication::basic(client_id.as_str(), decoded.expose());
            let again = client_authentication::read(Some(&written), &Form::default(), |_| None);
            assert!(again.is_ok_and(|again| again.client_id == client_id
                && matches!(again.proof, Proof::Basic { decoded: same, .. } if same.expose() == decoded.expose())));
        }
        Proof::Post(of_body) => {
            assert!(header.is_none() && secret == Some(of_body.expose()));
        }
        Proof::Assertion(jwt) | Proof::SecretAssertion(jwt) => {
            assert!(header.is_none() && secret.is_none());
            assert_eq!(
                form.one("client_assertion"),
                Ok(Some(jwt.expose().as_str()))
            );
        }
        Proof::None => {
            assert!(header.is_none() && secret.is_none());
            assert_eq!(form.one("client_assertion"), Ok(None));
        }
    }
}

/// A scope that is asked for, and on the next line what may be had.
pub fn scope(bytes: &[u8]) {
    let Some((asked, most)) = first_line(bytes) else {
        return;
    };
    let Ok(most) = std::str::from_utf8(most) else {
        return;
    };
    let (Ok(asked), Ok(most)) = (Scope::parse(asked), Scope::parse(most)) else {
        return;
    };
    assert_eq!(Scope::parse(&asked.to_string()).as_ref(), Ok(&asked));
    let narrowed = asked.intersection(&most);
    assert!(narrowed.is_subset_of(&asked) && narrowed.is_subset_of(&most));
    let refused = asked.difference(&most);
    assert!(refused.iter().all(|token| !most.contains(token.as_str())));
    assert_eq!(narrowed.union(&refused), asked);
    assert_eq!(narrowed.len() + refused.len(), asked.len());
    assert_eq!(asked.is_subset_of(&most), refused.is_empty());
    assert!(asked.iter().all(|token| {
        asked
            .to_string()
            .split(' ')
            .any(|word| word == token.as_str())
    }));
}
