//! The descriptions of scopes that users read: this server's own, and those of the resources.

use std::rc::Rc;

use oauth_core::{
    concurrent::join_all,
    scope::{Scope, ScopeToken},
    settings::SCOPES,
};

use crate::{
    context::Context,
    page::text::Text,
    ports::ScopeDescriptions,
    resource_scopes::{ResourceScopes, is_foreign},
};

impl ResourceScopes {
    /// The description of a scope: this server describes its own, the resource all others.
    pub(crate) fn line(&self, text: &Text, scope: &str) -> &str {
        (text.own_scope)(scope)
            .or_else(|| self.described(scope))
            .unwrap_or(text.undescribed_scope)
    }
}

/// The descriptions of the scopes in `wanted` by the resource of a request, for the user who decides about them.
pub(crate) async fn of<P: ScopeDescriptions>(
    context: &Context<'_, P>,
    resource: &str,
    wanted: &Scope,
) -> Rc<ResourceScopes> {
    let wanted: Scope = wanted
        .iter()
        .filter(|scope| is_foreign(scope))
        .cloned()
        .collect();
    if wanted.is_empty() {
        return Rc::default();
    }
    known(context, resource, &wanted).await
}

/// The known scopes of several resources, each with its identifier.
pub(crate) type ScopesByResource<'a> = Vec<(&'a str, Rc<ResourceScopes>)>;

/// The known scopes of these resources, each resource once.
pub(crate) async fn of_all<'a, P: ScopeDescriptions>(
    context: &Context<'_, P>,
    resources: impl Iterator<Item = &'a str>,
) -> ScopesByResource<'a> {
    let mut each: Vec<&str> = Vec::new();
    for resource in resources {
        if !each.contains(&resource) {
            each.push(resource);
        }
    }
    let none = Scope::default();
    let scopes = each.iter().map(|resource| known(context, resource, &none));
    let scopes = join_all(scopes).await;
    each.into_iter().zip(scopes).collect()
}

/// The description of a scope of one of these resources.
pub(crate) fn line<'a>(
    text: &Text,
    by_resource: &'a ScopesByResource<'_>,
    resource: &str,
    scope: &str,
) -> &'a str {
    let mut by_resource = by_resource.iter();
    let scopes = by_resource.find_map(|(name, scopes)| (*name == resource).then_some(scopes));
    scopes.map_or(text.undescribed_scope, |scopes| scopes.line(text, scope))
}

/// Only a registered resource is asked: an old grant may name one that is no longer registered.
async fn known<P: ScopeDescriptions>(
    context: &Context<'_, P>,
    resource: &str,
    wanted: &Scope,
) -> Rc<ResourceScopes> {
    let mut registered = context.settings.identifiers();
    if !registered.any(|known| known == resource) {
        return Rc::default();
    }
    context.ports.scopes_of(resource, wanted).await
}

/// The scopes that clients may have for the asking.
pub(crate) struct Offered {
    /// This server's own, and those that the resources list.
    pub(crate) scopes: Scope,
    /// Whether each resource lists some. One that lists none may only be silent now.
    pub(crate) is_complete: bool,
}

/// The scopes that clients may have for the asking.
pub(crate) async fn offered<P: ScopeDescriptions>(context: &Context<'_, P>) -> Offered {
    let lists = of_all(context, context.settings.identifiers()).await;
    let names = names(&lists).into_iter();
    Offered {
        scopes: names
            .filter_map(|name| ScopeToken::parse(name).ok())
            .collect(),
        is_complete: lists.iter().all(|(_, list)| list.listed().next().is_some()),
    }
}

/// All scopes that can be requested, each once: this server's own, then those that the resources list.
pub(crate) fn names<'a>(by_resource: &'a ScopesByResource<'_>) -> Vec<&'a str> {
    let mut names: Vec<&str> = SCOPES.to_vec();
    for name in by_resource.iter().flat_map(|(_, scopes)| scopes.listed()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
