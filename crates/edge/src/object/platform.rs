//! An object as the platform sees it: what it hands over, and the storage that it keeps rows in.

use js_sys::{Array, Object, Reflect};
use oauth_core::{
    Fault, UnixTime,
    lifecycle::rows::{Change, Rows},
};
use serde::Serialize;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

use super::{Store, Woken, wake_after_fault};
use crate::log;

#[wasm_bindgen]
extern "C" {
    /// The context that the platform hands to an object.
    #[wasm_bindgen(extends = js_sys::Object)]
    #[derive(Debug)]
    pub type ObjectContext;

    /// The storage of the object.
    #[wasm_bindgen(method, getter)]
    pub fn storage(this: &ObjectContext) -> Storage;

    /// The storage of one object.
    #[wasm_bindgen(extends = js_sys::Object)]
    #[derive(Clone, Debug)]
    pub type Storage;

    // The synchronous interface: a value read is still the value when it is written.
    #[wasm_bindgen(method, catch, getter)]
    fn kv(this: &Storage) -> Result<SyncStorage, JsValue>;

    // What throws within is undone as a whole.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &Storage,
        work: &mut dyn FnMut() -> Result<JsValue, JsValue>,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &Storage, milliseconds: f64) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = deleteAlarm)]
    fn delete_alarm(this: &Storage) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = deleteAll)]
    fn delete_all(this: &Storage) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(extends = js_sys::Object)]
    type SyncStorage;

    #[wasm_bindgen(method, catch)]
    fn get(this: &SyncStorage, key: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn list(this: &SyncStorage, options: &Object) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn put(this: &SyncStorage, key: &str, value: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn delete(this: &SyncStorage, key: &str) -> Result<bool, JsValue>;
}

impl Rows for Storage {
    fn row(&self, key: &str) -> Result<Option<String>, Fault> {
        let value = self.kv().and_then(|kv| kv.get(key)).map_err(fault)?;
        if value.is_undefined() {
            return Ok(None);
        }
        text(&value).map(Some)
    }

    fn rows(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, String)>, Fault> {
        let found = page(prefix, after, limit)
            .and_then(|options| self.kv()?.list(&options))
            .map_err(fault)?;
        let mut rows = Vec::new();
        for row in Array::from(&found) {
            let row = Array::from(&row);
            rows.push((text(&row.get(0))?, text(&row.get(1))?));
        }
        Ok(rows)
    }
}

/// The options of `list`.
fn page(prefix: &str, after: Option<&str>, limit: usize) -> Result<Object, JsValue> {
    let options = Object::new();
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    Reflect::set(&options, &"limit".into(), &limit.into())?;
    if !prefix.is_empty() {
        Reflect::set(&options, &"prefix".into(), &prefix.into())?;
    }
    if let Some(after) = after {
        Reflect::set(&options, &"startAfter".into(), &after.into())?;
    }
    Ok(options)
}

/// A text that this object stored. Anything else is a fault, so that it is not overwritten.
fn text(value: &JsValue) -> Result<String, Fault> {
    value
        .as_string()
        .ok_or_else(|| Fault::new("object.row", "a row is no text"))
}

impl Store for Storage {
    fn commit(&self, changes: &[Change]) -> Result<(), Fault> {
        let kv = self.kv().map_err(fault)?;
        match changes {
            [] => Ok(()),
            [one] => make(&kv, one).map_err(fault),
            several => {
                let mut work = || {
                    for change in several {
                        make(&kv, change)?;
                    }
                    Ok(JsValue::UNDEFINED)
                };
                self.transaction_sync(&mut work).map(drop).map_err(fault)
            }
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 stay far below 2^53"
    )]
    fn wake_at(&self, time: UnixTime) -> Result<(), Fault> {
        // Not awaited: the platform holds the answer back until both alarm and rows are kept.
        self.set_alarm(time.0 as f64 * 1000.0)
            .map(drop)
            .map_err(fault)
    }
}

fn make(kv: &SyncStorage, change: &Change) -> Result<(), JsValue> {
    match change {
        Change::Put { key, text } => kv.put(key, text),
        Change::Delete { key } => kv.delete(key).map(drop),
    }
}

impl Storage {
    /// Deletes everything, the alarm too.
    pub async fn forget(&self) -> Result<(), Fault> {
        self.delete_everything().await.map_err(fault)
    }

    async fn delete_everything(&self) -> Result<(), JsValue> {
        // Both are asked for before anything is awaited, so no call comes in between.
        let all = self.delete_all()?;
        let alarm = self.delete_alarm()?;
        JsFuture::from(all).await?;
        JsFuture::from(alarm).await?;
        Ok(())
    }

    /// Does what is left to do after an alarm.
    pub async fn rest(&self, woken: Result<Woken, Fault>) -> Result<(), Fault> {
        match woken {
            Ok(Woken::Stays) => Ok(()),
            Ok(Woken::Forget) => self.forget().await,
            Err(fault) => {
                log::error(&AlarmFailed {
                    alarm: fault.what,
                    cause: &fault.cause,
                });
                wake_after_fault(self, crate::now())
            }
        }
    }
}

/// The log line of an alarm that failed.
#[derive(Serialize)]
struct AlarmFailed<'a> {
    alarm: &'a str,
    cause: &'a str,
}

fn fault(error: JsValue) -> Fault {
    Fault::new("object.storage", worker::Error::from(error))
}

/// A fault as the platform throws it.
pub fn failure(fault: &Fault) -> JsValue {
    js_sys::Error::new(&fault.to_string()).into()
}
