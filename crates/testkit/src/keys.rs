//! The signing keys of the world in memory.

use std::rc::Rc;

use oauth_core::{
    Fault,
    jose::{Algorithm, JwkSet},
    lifecycle::signing_keys::{KeyEntry, KeyState},
};
use oauth_server::{
    audit::AuditEvent,
    ports::{Audit as _, KeyAdministration, Keys, Start},
};

use crate::{
    any_key::AnyKey,
    crypto::NativeVerifier,
    memory::{Part, World},
};

impl Keys for World {
    type Signer = AnyKey;
    type Verifier = NativeVerifier;

    async fn signer(&self, algorithm: Algorithm) -> Result<Rc<AnyKey>, Fault> {
        self.up(Part::Keys)?;
        if algorithm == Algorithm::Es256 {
            Ok(Rc::clone(&self.access_token_key))
        } else if algorithm == Algorithm::Rs256 {
            Ok(Rc::clone(&self.id_token_key))
        } else {
            Err(Fault::new("testkit.signer", "no such key"))
        }
    }

    async fn public_keys(&self) -> Result<Rc<JwkSet>, Fault> {
        self.up(Part::Keys)?;
        if self.keys_are_old.get() {
            return Ok(Rc::default());
        }
        Ok(Rc::clone(&self.keys))
    }

    async fn newer_public_keys(&self, _key_id: Option<&str>) -> Result<Rc<JwkSet>, Fault> {
        self.up(Part::Keys)?;
        Ok(Rc::clone(&self.keys))
    }

    fn verifier(&self) -> &NativeVerifier {
        &NativeVerifier
    }
}

impl KeyAdministration for World {
    async fn signing_keys(&self) -> Result<Vec<KeyEntry>, Fault> {
        self.up(Part::Keys)?;
        Ok(self.key_entries.borrow().clone())
    }

    async fn succeed(
        &self,
        active: &KeyEntry,
        start: Start,
        event: AuditEvent,
    ) -> Result<(), Fault> {
        self.up(Part::Keys)?;
        self.record_event(event);
        let mut keys = self.key_entries.borrow_mut();
        let has = |keys: &[KeyEntry], state, kid: Option<&str>| {
            keys.iter().any(|key| {
                key.state == state
                    && key.algorithm == active.algorithm
                    && kid.is_none_or(|kid| key.kid == kid)
            })
        };
        if !has(&keys, KeyState::Active, Some(&active.kid)) {
            return Ok(());
        }
        if !has(&keys, KeyState::Next, None) {
            let kid = format!("key-{}", keys.len());
            keys.push(KeyEntry {
                kid,
                state: KeyState::Next,
                created_at: self.now.get(),
                ..active.clone()
            });
        }
        if start == Start::AtOnce {
            for key in keys
                .iter_mut()
                .filter(|key| key.algorithm == active.algorithm)
            {
                match key.state {
                    KeyState::Next => key.state = KeyState::Active,
                    KeyState::Active => {
                        (key.state, key.retired_at) = (KeyState::Retired, Some(self.now.get()));
                    }
                    KeyState::Retired => (),
                }
            }
        }
        Ok(())
    }

    async fn drop_key(&self, kid: &str, event: AuditEvent) -> Result<(), Fault> {
        self.up(Part::Keys)?;
        self.record_event(event);
        let mut keys = self.key_entries.borrow_mut();
        keys.retain(|key| key.kid != kid || key.state != KeyState::Retired);
        Ok(())
    }
}
