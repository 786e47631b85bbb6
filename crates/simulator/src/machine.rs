//! A machine that serves one request: the ports of the endpoints, over the simulated stores.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use oauth_core::{
    Fault, Secret, UnixTime,
    client::Client,
    id::{ClientId, GrantId, UserId},
    jose::{Algorithm, JwkSet},
    lifecycle::{
        grant::{self, Grant},
        login_session::{self, Session},
        one_time, throttle,
    },
    refusal::Refusal,
    scope::Scope,
};
use oauth_server::{
    Context,
    port::{
        Attempts, Audit, AuditEvent, Clients, Consents, Grants, Keys, OneTime, Random, Sessions,
        User, Users,
    },
};

use crate::{
    design::Design,
    home::{self, Fate},
    signer::{HashSigner, HashVerifier},
    world::World,
};

/// One machine, for one request.
pub struct Machine {
    pub(crate) world: Rc<World>,
    call: usize,
    offset: i64,
    fate: Rc<Cell<Fate>>,
    noted: RefCell<Vec<&'static str>>,
    signer_failed: Rc<Cell<bool>>,
}

impl Machine {
    /// A machine that serves request number `call`.
    pub fn new(world: &Rc<World>, call: usize) -> Self {
        Self {
            offset: world.any_offset(),
            world: Rc::clone(world),
            call,
            fate: Rc::default(),
            noted: RefCell::default(),
            signer_failed: Rc::default(),
        }
    }

    /// What the endpoints are given.
    pub fn context(&self) -> Context<'_, Self> {
        Context {
            settings: &self.world.template.settings,
            keyring: &self.world.template.keyring,
            ports: self,
            now: UnixTime(self.world.scheduler.now() + self.offset),
        }
    }

    /// What may have happened behind a fault.
    pub fn fate(&self) -> Fate {
        if self.signer_failed.get() {
            self.world.ledger.troubled(self.call);
        }
        self.fate.get()
    }

    /// Asks D1: it takes a turn, and it can fail. In a search it does neither: it touches nothing that changes.
    async fn d1(&self, what: &'static str) -> Result<(), Fault> {
        let scheduler = &self.world.scheduler;
        if scheduler.choices.is_scripted() {
            return Ok(());
        }
        scheduler.turn().await;
        if scheduler.strikes(50) {
            scheduler.note(|| format!("{what} fails"));
            return self.hit(Err(Fault::new(what, "D1 is overloaded")));
        }
        Ok(())
    }

    /// Remembers that a fault hit the request.
    fn hit<T>(&self, result: Result<T, Fault>) -> Result<T, Fault> {
        if result.is_err() {
            self.world.ledger.troubled(self.call);
        }
        result
    }
}

impl Clients for Machine {
    async fn client(&self, client_id: &ClientId) -> Result<Option<Rc<Client>>, Fault> {
        self.d1("d1.read_client").await?;
        Ok(self.world.template.clients.get(client_id).cloned())
    }
}

impl Users for Machine {
    async fn user_by_name(&self, _: &str) -> Result<Option<(User, Secret<String>)>, Fault> {
        self.d1("d1.read_user").await?;
        Ok(None)
    }

    async fn user(&self, user_id: &UserId) -> Result<Option<User>, Fault> {
        self.d1("d1.read_user").await?;
        let ada = &self.world.template.ada;
        let is_known = ada.user_id == *user_id && !self.world.disabled.borrow().contains(user_id);
        Ok(is_known.then(|| ada.clone()))
    }
}

impl Consents for Machine {
    async fn consented(
        &self,
        user_id: &UserId,
        client_id: &ClientId,
        resource: &str,
    ) -> Result<Option<Scope>, Fault> {
        self.d1("d1.read_consent").await?;
        let key = (user_id.clone(), client_id.clone(), resource.to_owned());
        Ok(self.world.consents.borrow().get(&key).cloned())
    }

    async fn remember(
        &self,
        user_id: &UserId,
        client_id: &ClientId,
        resource: &str,
        scope: &Scope,
        _: UnixTime,
    ) -> Result<(), Fault> {
        self.d1("d1.write_consent").await?;
        let key = (user_id.clone(), client_id.clone(), resource.to_owned());
        self.world.consents.borrow_mut().insert(key, scope.clone());
        Ok(())
    }
}

impl Grants for Machine {
    async fn grant(&self, id: &GrantId, command: grant::Command) -> Result<grant::Reply, Fault> {
        let home = self.world.grant_home(id);
        let (world, call) = (Rc::clone(&self.world), self.call);
        let answer = home::call(&self.world.scheduler, &home, &self.fate, || {
            let (world, home, command) = (Rc::clone(&world), Rc::clone(&home), command.clone());
            let fate = Rc::clone(&self.fate);
            async move { serve(&world, &home, (call, &fate), command).await }
        })
        .await;
        match self.hit(answer) {
            Err(_) if self.world.design == Design::FaultToldAsNo => {
                Ok(grant::Reply::Refused(Refusal::RefreshTokenUnknown))
            }
            answer => answer,
        }
    }
}

/// What the object does with a command.
async fn serve(
    world: &World,
    home: &home::Home<Option<String>>,
    (call, fate): (usize, &Rc<Cell<Fate>>),
    command: grant::Command,
) -> Result<grant::Reply, Fault> {
    let text = home.load();
    let before: Option<Grant> = text
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(|error| Fault::new("record", error))?;
    let (after, reply) = grant::step(before, command, home.now(&world.scheduler));
    if world.design == Design::AwaitBetweenCheckAndMark {
        world.scheduler.turn().await;
    }
    let after = after
        .map(|after| serde_json::to_string(&after))
        .transpose()
        .map_err(|error| Fault::new("record", error))?;
    if after != text {
        world.ledger.committed(call);
        world.scheduler.note(|| format!("{} commits", home.name));
        home.save(after, fate);
    }
    Ok(reply)
}

impl Machine {
    async fn person(
        &self,
        user_id: &UserId,
        command: login_session::Command,
    ) -> Result<login_session::Reply, Fault> {
        let home = self.world.person_home(user_id);
        let world = Rc::clone(&self.world);
        let answer = home::call(&self.world.scheduler, &home, &self.fate, || {
            let (world, home, command) = (Rc::clone(&world), Rc::clone(&home), command.clone());
            let fate = Rc::clone(&self.fate);
            async move {
                let now = home.now(&world.scheduler);
                let before = home.load();
                let (after, reply) = login_session::step(before.clone(), command, now);
                if after != before {
                    home.save(after, &fate);
                }
                Ok(reply)
            }
        });
        let answer = answer.await;
        self.hit(answer)
    }
}

impl Sessions for Machine {
    async fn open_session(&self, user_id: &UserId, session: Session) -> Result<(), Fault> {
        let command = login_session::Command::Open(session);
        self.person(user_id, command).await.map(drop)
    }

    async fn find_session(&self, user_id: &UserId, hash: &str) -> Result<Option<Session>, Fault> {
        let command = login_session::Command::Find {
            hash: hash.to_owned(),
        };
        Ok(match self.person(user_id, command).await? {
            login_session::Reply::Found(session) => Some(session),
            login_session::Reply::Done | login_session::Reply::Unknown => None,
        })
    }

    async fn close_session(&self, user_id: &UserId, hash: &str) -> Result<(), Fault> {
        let command = login_session::Command::Close {
            hash: hash.to_owned(),
        };
        self.person(user_id, command).await.map(drop)
    }
}

impl OneTime for Machine {
    async fn present(&self, _: one_time::Present) -> Result<one_time::Verdict, Fault> {
        Ok(one_time::Verdict::First)
    }
}

impl Attempts for Machine {
    async fn attempt(
        &self,
        _: &str,
        command: throttle::Command,
    ) -> Result<throttle::Verdict, Fault> {
        let (_, verdict) = throttle::step(throttle::Attempts::default(), command, UnixTime(0));
        Ok(verdict)
    }
}

impl Keys for Machine {
    type Signer = HashSigner;
    type Verifier = HashVerifier;

    async fn signer(&self, algorithm: Algorithm) -> Result<Rc<HashSigner>, Fault> {
        let scheduler = Rc::clone(&self.world.scheduler);
        let signer = HashSigner::new(algorithm, scheduler, Rc::clone(&self.signer_failed));
        Ok(Rc::new(signer))
    }

    async fn public_keys(&self) -> Result<Rc<JwkSet>, Fault> {
        Ok(Rc::clone(&self.world.template.keys))
    }

    fn verifier(&self) -> &HashVerifier {
        &HashVerifier
    }
}

impl Random for Machine {
    fn random<const N: usize>(&self) -> Result<[u8; N], Fault> {
        Ok(self.world.random_bytes())
    }
}

impl Audit for Machine {
    async fn note(&self, event: AuditEvent<'_>, _: UnixTime) {
        self.noted.borrow_mut().push(event.event);
    }
}
