//! The class that the platform makes an object of.

/// Makes a class that hosts a lifecycle ([`Hosted`](crate::object::Hosted)). It is called by RPC with one text, not by fetch: a request and a response on both
/// sides would cost more than all the rest. The build wraps it so that RPC is allowed (`xtask/src/objects.js`).
///
/// The crate that calls it depends on `wasm-bindgen`, `wasm-bindgen-futures` and `js-sys`: the attribute names them.
#[macro_export]
macro_rules! hosted {
    ($(#[$doc:meta])* $name:ident hosts $life:ty) => {
        $(#[$doc])*
        #[::wasm_bindgen::prelude::wasm_bindgen]
        #[derive(Debug)]
        pub struct $name {
            storage: $crate::object::Storage,
        }

        #[::wasm_bindgen::prelude::wasm_bindgen]
        impl $name {
            /// Called by the platform when the object is needed.
            #[wasm_bindgen(constructor)]
            pub fn new(
                context: $crate::object::ObjectContext,
                _env: ::wasm_bindgen::JsValue,
            ) -> Self {
                Self { storage: context.storage() }
            }

            /// Puts a command to what lives here: JSON in, JSON out.
            pub fn call(&self, command: String) -> Result<String, ::wasm_bindgen::JsValue> {
                let reply = $crate::object::call::<$life>(&self.storage, &command, $crate::now());
                reply.map_err(|fault| $crate::object::failure(&fault))
            }

            /// Called by the platform at the time that was asked for.
            pub async fn alarm(&self) -> Result<(), ::wasm_bindgen::JsValue> {
                let woken = $crate::object::on_alarm::<$life>(&self.storage, $crate::now());
                let rest = self.storage.rest(woken).await;
                rest.map_err(|fault| $crate::object::failure(&fault))
            }
        }
    };
}
