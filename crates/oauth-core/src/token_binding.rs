//! The rule for access tokens that are bound to a client's key or certificate (RFC 7800, RFC 9449 §7, RFC 8705 §3), for
//! every resource server: the guard, UserInfo and the administration.

use crate::{bearer::Scheme, jose::Confirmation};

/// Whether a resource server accepts tokens that are bound to a client's key (RFC 9449).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dpop {
    /// It refuses them.
    #[default]
    Off,
    /// It accepts them, and bearer tokens too.
    Accepted,
    /// It accepts no others.
    Required,
}

/// The bindings that a resource server can check.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// To a key.
    pub dpop: Dpop,
    /// To a certificate: whether it sees those of its clients.
    pub certificates: bool,
}

/// The thumbprints that the client of a token must prove to have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Required<'a> {
    /// That of the key of a DPoP proof.
    pub key: Option<&'a str>,
    /// That of a certificate.
    pub certificate: Option<&'a str>,
}

/// The reason why a token does not fit the way that it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingError {
    /// It is not bound to a key, but was sent with a proof, or must be bound.
    NotBound,
    /// It is bound in a way that the resource server cannot check; unchecked, it must not pass.
    Unknown,
    /// It is bound to a key and was sent as a bearer token (RFC 9449 §7.2).
    SentAsBearer,
}

/// Judges a token's binding by the scheme that it was sent with. The caller checks what is required.
pub fn judge(
    scheme: Scheme,
    confirmation: Option<&Confirmation>,
    policy: Policy,
) -> Result<Required<'_>, BindingError> {
    let must_be_bound = scheme == Scheme::Dpop || policy.dpop == Dpop::Required;
    let Some(confirmation) = confirmation else {
        return if must_be_bound {
            Err(BindingError::NotBound)
        } else {
            Ok(Required::default())
        };
    };
    let required = Required {
        key: confirmation.jkt.as_deref(),
        certificate: confirmation.certificate.as_deref(),
    };
    match (required.key, required.certificate) {
        (None, None) => Err(BindingError::Unknown),
        (_, Some(_)) if !policy.certificates => Err(BindingError::Unknown),
        (None, Some(_)) if must_be_bound => Err(BindingError::NotBound),
        (Some(_), _) if policy.dpop == Dpop::Off => Err(BindingError::Unknown),
        (Some(_), _) if scheme == Scheme::Bearer => Err(BindingError::SentAsBearer),
        (Some(_), _) | (None, Some(_)) => Ok(required),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Policy = Policy {
        dpop: Dpop::Accepted,
        certificates: true,
    };

    fn judged(
        scheme: Scheme,
        (key, certificate): (bool, bool),
        policy: Policy,
    ) -> Result<(bool, bool), BindingError> {
        let confirmation = Confirmation {
            jkt: key.then(|| "k".to_owned()),
            certificate: certificate.then(|| "c".to_owned()),
        };
        let required = judge(scheme, Some(&confirmation), policy)?;
        Ok((required.key.is_some(), required.certificate.is_some()))
    }

    #[test]
    fn a_token_without_a_binding_is_a_bearer_token() {
        let judged = |scheme, dpop| judge(scheme, None, Policy { dpop, ..BOTH });
        assert_eq!(
            judged(Scheme::Bearer, Dpop::Accepted),
            Ok(Required::default())
        );
        assert_eq!(
            judged(Scheme::Bearer, Dpop::Required),
            Err(BindingError::NotBound)
        );
        assert_eq!(
            judged(Scheme::Dpop, Dpop::Accepted),
            Err(BindingError::NotBound)
        );
    }

    #[test]
    fn every_binding_is_checked_or_refused() {
        use BindingError::{NotBound, SentAsBearer, Unknown};
        const KEY: (bool, bool) = (true, false);
        const CERTIFICATE: (bool, bool) = (false, true);
        const TWO: (bool, bool) = (true, true);
        let off = Policy {
            dpop: Dpop::Off,
            ..BOTH
        };
        let no_certificates = Policy {
            certificates: false,
            ..BOTH
        };
        for (scheme, bound, policy, expected) in [
            (Scheme::Dpop, KEY, BOTH, Ok(KEY)),
            (Scheme::Dpop, TWO, BOTH, Ok(TWO)),
            (Scheme::Bearer, CERTIFICATE, BOTH, Ok(CERTIFICATE)),
            (Scheme::Bearer, KEY, BOTH, Err(SentAsBearer)),
            (Scheme::Bearer, TWO, BOTH, Err(SentAsBearer)),
            (Scheme::Dpop, CERTIFICATE, BOTH, Err(NotBound)),
            (Scheme::Bearer, (false, false), BOTH, Err(Unknown)),
            (Scheme::Bearer, KEY, off, Err(Unknown)),
            (Scheme::Bearer, CERTIFICATE, off, Ok(CERTIFICATE)),
            (Scheme::Dpop, TWO, no_certificates, Err(Unknown)),
            (Scheme::Bearer, CERTIFICATE, no_certificates, Err(Unknown)),
        ] {
            let judged = judged(scheme, bound, policy);
            assert_eq!(judged, expected, "{scheme:?} {bound:?}");
        }
    }
}
