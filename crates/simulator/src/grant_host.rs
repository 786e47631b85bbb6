//! A grant's object: the production loop over a simulated record, or a broken design.

use std::{cell::RefCell, rc::Rc};

use oauth_core::{
    Fault, UnixTime,
    id::GrantId,
    lifecycle::{
        grant::{
            self, Call, Command, EndReason, Grant, Issue, Issued, Minted, Reply, Revocation,
            RevocationSource, StoredAnswer,
        },
        object::Store,
        rows::{Change, RECORD, Rows},
    },
};
use oauth_server::{
    Mint,
    grant_host::{self, MintOutcome, Minter as _},
};

use crate::{
    design::Design,
    machine::Machine,
    storage::{Storage, Stored},
};

/// One call, in the object.
pub(crate) struct Hosted {
    pub(crate) storage: Storage,
    pub(crate) call: Call,
}

impl Hosted {
    /// Serves the call as the design says.
    pub(crate) async fn serve(self) -> Result<Reply, Fault> {
        let (world, request) = (&self.storage.world, self.storage.request);
        let machine = Machine::new(world, request);
        let mut context = machine.context();
        context.now = self.now();
        let mint = Mint {
            context: &context,
            grant: &self.call.id,
        };
        let reply = match world.design {
            Design::AwaitBetweenCheckAndMark => self.slowly(&mint).await,
            Design::SignAfterCommit => self.sign_after_commit(&mint).await,
            Design::GraceMintsAnew => self.mint_anew(&mint).await,
            Design::RevokeBeforeClientMatch => self.revoke_first(&mint).await,
            Design::RevokeOfNothingLeavesNothing => self.leave_nothing(&mint).await,
            Design::ReuseForgottenAtRestart => self.forget_reuse(&mint).await,
            Design::PreviousGenerationCounts => self.previous_counts(&mint).await,
            Design::UnknownVersionOverwritten => self.overwrite_unknown(&mint).await,
            _ => self.run(&mint, &self.call).await,
        };
        if machine.signer_has_failed() {
            world.oracle.troubled(request);
        }
        // A search sees whole what follows from requests alone.
        let is_search = world.scheduler.choices.is_scripted();
        if !is_search && reply.as_ref().is_ok_and(Reply::may_be_over) {
            // Before the answer, so that one which arrives shows that everyone was able to know.
            // Nothing leaves an object before its write is durable.
            self.storage.object.settle(&world.scheduler).await;
            let announcing = Machine::within(world, &self.storage.object);
            let (aside, context) = (self.storage.aside(), announcing.context());
            let turn = self.storage.object.turn(&world.scheduler).await;
            let announced = grant_host::announce(&aside, &context, turn).await;
            if announced.is_err() {
                world.oracle.troubled(request);
            }
        }
        reply
    }

    async fn run(&self, mint: &Mint<'_, Machine>, call: &Call) -> Result<Reply, Fault> {
        grant_host::run_command(&self.storage, mint, call, || self.now()).await
    }

    fn now(&self) -> UnixTime {
        self.storage.now()
    }

    fn grant(&self) -> Result<Option<Grant>, Fault> {
        let text = self.storage.row(RECORD)?;
        let grant = text.as_deref().map(Grant::read).transpose();
        grant.map_err(|_| Fault::new("grant.read", "the record cannot be read"))
    }

    fn keep(&self, grant: &Grant) -> Result<(), Fault> {
        let text = grant.write(&self.call.id);
        let text = text.map_err(|_| Fault::new("grant.write", "the record cannot be written"))?;
        if self.storage.row(RECORD)?.as_deref() == Some(&text) {
            return Ok(());
        }
        let key = RECORD.to_owned();
        self.storage.commit(&[Change::Put { key, text }])
    }

    async fn made(&self, mint: &Mint<'_, Machine>, issue: Issue) -> Result<Minted, Fault> {
        match mint.mint(issue).await? {
            MintOutcome::Minted(minted) => Ok(*minted),
            MintOutcome::Refused(_) | MintOutcome::PersonGone => {
                Err(Fault::new("mint", "the object is gone"))
            }
        }
    }

    /// An await between check and mark.
    async fn slowly(&self, mint: &Mint<'_, Machine>) -> Result<Reply, Fault> {
        let before = self.grant()?;
        let (mut after, mut reply) =
            grant::step(before.clone(), &self.call.command, None, self.now());
        if let Reply::Mint(issue) = reply {
            let minted = self.made(mint, *issue).await?;
            (after, reply) = grant::step(before, &self.call.command, Some(minted), self.now());
        }
        self.storage.world.scheduler.turn().await;
        if let Some(after) = after {
            self.keep(&after)?;
        }
        Ok(reply)
    }

    /// The commit comes first, then the signature that may fail.
    async fn sign_after_commit(&self, mint: &Mint<'_, Machine>) -> Result<Reply, Fault> {
        let (after, reply) = grant::step(self.grant()?, &self.call.command, None, self.now());
        let Reply::Mint(issue) = reply else {
            after.iter().try_for_each(|after| self.keep(after))?;
            return Ok(reply);
        };
        let promised = Minted {
            issue: (*issue).clone(),
            answer: String::new(),
            sealed: None,
            token: None,
            expires_at: self.now().plus(300),
        };
        let (after, _) = grant::step(
            self.grant()?,
            &self.call.command,
            Some(promised),
            self.now(),
        );
        after.iter().try_for_each(|after| self.keep(after))?;
        let minted = self.made(mint, *issue).await?;
        if let (Some(sealed), Some(Grant::Active(mut active))) = (&minted.sealed, self.grant()?) {
            active.family = active.family.map(|mut family| {
                family.answers.push(StoredAnswer {
                    generation: family.current.saturating_sub(1),
                    sealed: sealed.clone(),
                    until: self.now().plus(120),
                    jkt: None,
                });
                family
            });
            self.keep(&Grant::Active(active))?;
        }
        Ok(issued(minted))
    }

    /// A retry within the grace gets other tokens than the first answer had.
    async fn mint_anew(&self, mint: &Mint<'_, Machine>) -> Result<Reply, Fault> {
        let reply = self.run(mint, &self.call).await?;
        let (Reply::Again { .. }, Some(Grant::Active(active))) = (&reply, self.grant()?) else {
            return Ok(reply);
        };
        let issue = Issue {
            scope: active.details.scope.clone(),
            details: active.details,
            generation: active.family.map(|family| family.current),
            nonce: None,
            answer_key: None,
            jkt: None,
            secret: active.secret,
        };
        self.made(mint, issue).await.map(issued)
    }

    /// A used code ends its grant, whichever client presents it.
    async fn revoke_first(&self, mint: &Mint<'_, Machine>) -> Result<Reply, Fault> {
        if let (Command::Redeem(_), Some(grant @ Grant::Active(_))) =
            (&self.call.command, self.grant()?)
        {
            let end = Command::Revoke(Revocation {
                client_id: None,
                reason: EndReason::CodeReplayed,
                until: None,
                presented: None,
                source: RevocationSource::Request,
                ended_at: None,
            });
            let (after, _) = grant::step(Some(grant), &end, None, self.now());
            after.iter().try_for_each(|after| self.keep(after))?;
        }
        self.run(mint, &self.call).await
    }

    /// The end of what has not begun leaves no trace.
    async fn leave_nothing(&self, mint: &Mint<'_, Machine>) -> Result<Reply, Fault> {
        if let (Command::Revoke(_), None) = (&self.call.command, self.grant()?) {
            return Ok(Reply::Absent);
        }
        self.run(mint, &self.call).await
    }

    /// The broken design that remembers the reuse of a token in memory only.
    async fn forget_reuse(&self, mint: &Mint<'_, Machine>) -> Result<Reply, Fault> {
        let (after, reply) = grant::step(self.grant()?, &self.call.command, None, self.now());
        if let Some(Grant::Ended {
            reason: EndReason::RefreshReused,
            ..
        }) = &after
        {
            let text = after.and_then(|after| after.write(&self.call.id).ok());
            let rows = text.map(|text| (RECORD.to_owned(), text));
            self.storage
                .object
                .remember(Rc::new(rows.into_iter().collect()));
            return Ok(reply);
        }
        self.run(mint, &self.call).await
    }

    /// The generation before the current one is as good as the current one.
    async fn previous_counts(&self, mint: &Mint<'_, Machine>) -> Result<Reply, Fault> {
        let mut call = self.call.clone();
        if let (Command::Refresh(renewal), Some(Grant::Active(active))) =
            (&mut call.command, self.grant()?)
            && let Some(family) = active.family
            && family.current == renewal.generation + 1
        {
            renewal.generation = family.current;
            renewal.part = active
                .secret
                .map(|secret| secret.refresh_token(family.current));
        }
        self.run(mint, &call).await
    }

    /// A record that cannot be read is taken for none.
    async fn overwrite_unknown(&self, mint: &Mint<'_, Machine>) -> Result<Reply, Fault> {
        if self.grant().is_err() {
            let Storage {
                world,
                object,
                fate,
                ..
            } = &self.storage;
            object.save(Stored::default(), fate, world.moment());
        }
        self.run(mint, &self.call).await
    }
}

fn issued(minted: Minted) -> Reply {
    Reply::Issued(Box::new(Issued {
        answer: minted.answer,
        details: minted.issue.details,
        token: minted.token,
    }))
}

/// A record that KV keeps, for the design without objects: read once, written once.
pub(crate) struct InKv(pub(crate) RefCell<Option<String>>);

impl Rows for InKv {
    fn row(&self, _: &str) -> Result<Option<String>, Fault> {
        Ok(self.0.borrow().clone())
    }

    fn rows(&self, _: &str, _: Option<&str>, _: usize) -> Result<Vec<(String, String)>, Fault> {
        Err(Fault::new("kv.rows", "a grant has one record"))
    }
}

impl Store for InKv {
    fn commit(&self, changes: &[Change]) -> Result<(), Fault> {
        for change in changes {
            *self.0.borrow_mut() = match change {
                Change::Put { text, .. } => Some(text.clone()),
                Change::Delete { .. } => None,
            };
        }
        Ok(())
    }

    fn wake_at(&self, _: UnixTime) -> Result<(), Fault> {
        Ok(())
    }
}

/// The key of a grant in KV, for the designs that put it there.
pub(crate) fn key(id: &GrantId) -> String {
    format!("grant:{id}")
}
