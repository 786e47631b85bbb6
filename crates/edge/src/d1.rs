//! A D1 database, with a deadline on every statement.

use from_json::FromJson;
use oauth_core::Fault;
use serde::de::{DeserializeOwned, IgnoredAny};
use worker::{D1Database, D1PreparedStatement, D1Result, Env, wasm_bindgen::JsValue};

use crate::deadline;

/// The database of this worker: its binding is `DB`. Without a D1 session its reads go to the primary.
pub struct Database(D1Database);

impl Database {
    /// The database behind the binding `DB`.
    pub fn open(env: &Env) -> Result<Self, Fault> {
        env.d1("DB")
            .map(Self)
            .map_err(|error| Fault::new("d1.open", error))
    }

    /// The first row, if there is one.
    pub async fn first<T: DeserializeOwned>(
        &self,
        what: &'static str,
        statement: &str,
        values: &[JsValue],
    ) -> Result<Option<T>, Fault> {
        let rows = self.all(what, statement, values).await?;
        Ok(rows.into_iter().next())
    }

    /// All rows.
    pub async fn all<T: DeserializeOwned>(
        &self,
        what: &'static str,
        statement: &str,
        values: &[JsValue],
    ) -> Result<Vec<T>, Fault> {
        // The waiting is the same for every type of row: its code is there once.
        let result = self.result(what, statement, values).await?;
        result.results().map_err(|error| Fault::new(what, error))
    }

    /// The column `text` of the first row, if there is one.
    pub async fn text(
        &self,
        what: &'static str,
        statement: &str,
        values: &[JsValue],
    ) -> Result<Option<String>, Fault> {
        #[derive(FromJson)]
        struct Row {
            text: String,
        }

        let row: Option<Row> = self.first(what, statement, values).await?;
        Ok(row.map(|row| row.text))
    }

    /// Whether there is a row.
    pub async fn any(
        &self,
        what: &'static str,
        statement: &str,
        values: &[JsValue],
    ) -> Result<bool, Fault> {
        is_any(what, &self.result(what, statement, values).await?)
    }

    async fn result(
        &self,
        what: &'static str,
        statement: &str,
        values: &[JsValue],
    ) -> Result<D1Result, Fault> {
        let statement = self.bound(what, statement, values)?;
        timely(what, statement.all()).await
    }

    /// Runs a statement that changes something.
    pub async fn run(
        &self,
        what: &'static str,
        statement: &str,
        values: &[JsValue],
    ) -> Result<(), Fault> {
        let statement = self.bound(what, statement, values)?;
        timely(what, async { statement.run().await.map(|_| ()) }).await
    }

    /// Runs several statements as one: all of them, or none.
    pub async fn batch(
        &self,
        what: &'static str,
        statements: &[(&str, &[JsValue])],
    ) -> Result<(), Fault> {
        self.batched(what, statements).await.map(drop)
    }

    /// The same; whether the first statement has returned a row.
    pub async fn batch_any(
        &self,
        what: &'static str,
        statements: &[(&str, &[JsValue])],
    ) -> Result<bool, Fault> {
        let results = self.batched(what, statements).await?;
        results
            .first()
            .map_or(Ok(false), |first| is_any(what, first))
    }

    async fn batched(
        &self,
        what: &'static str,
        statements: &[(&str, &[JsValue])],
    ) -> Result<Vec<D1Result>, Fault> {
        let bound = statements
            .iter()
            .map(|(statement, values)| self.bound(what, statement, values));
        let bound = bound.collect::<Result<Vec<_>, _>>()?;
        timely(what, self.0.batch(bound)).await
    }

    fn bound(
        &self,
        what: &'static str,
        statement: &str,
        values: &[JsValue],
    ) -> Result<D1PreparedStatement, Fault> {
        self.0
            .prepare(statement)
            .bind(values)
            .map_err(|error| Fault::new(what, error))
    }
}

/// Rows of any kind are read by the same code, which is there once.
fn is_any(what: &'static str, result: &D1Result) -> Result<bool, Fault> {
    let rows = result.results::<IgnoredAny>();
    let rows = rows.map_err(|error| Fault::new(what, error))?;
    Ok(!rows.is_empty())
}

async fn timely<T>(
    what: &'static str,
    answer: impl Future<Output = worker::Result<T>>,
) -> Result<T, Fault> {
    deadline::with_timeout(what, deadline::STORE, async {
        answer.await.map_err(|error| Fault::new(what, error))
    })
    .await
}

/// A text, or NULL.
pub fn text(value: Option<&str>) -> JsValue {
    value.map_or(JsValue::NULL, JsValue::from_str)
}

/// A whole number. D1 takes numbers as doubles: exact for any time that matters here.
#[expect(
    clippy::cast_precision_loss,
    reason = "seconds since 1970 stay far below 2^53"
)]
pub fn integer(value: i64) -> JsValue {
    JsValue::from_f64(value as f64)
}
