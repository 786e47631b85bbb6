//! A WebAssembly module, as far as the report of its size needs it.

use std::{collections::BTreeMap, ops::Range};

use anyhow::{Result, bail};
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

/// The size of a module's parts, in bytes.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// Each function that the module defines: its name, and the bytes of its body.
    pub(crate) functions: Vec<(String, usize)>,
    /// The bytes of its data.
    pub(crate) data: usize,
    /// The bytes of everything else but the custom sections.
    pub(crate) rest: usize,
}

impl Module {
    /// Reads a module that has a name section.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other section counts to the rest"
    )]
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let (mut module, mut names) = (Self::default(), BTreeMap::new());
        let (mut imported, mut bodies) = (0_u32, Vec::new());
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(imports) => {
                    module.rest += imports.range().len();
                    for import in imports.into_imports() {
                        imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionEntry(body) => bodies.push(body.range().len()),
                Payload::DataSection(data) => module.data += data.range().len(),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(section) = section.as_known() {
                        for name in section {
                            if let Name::Function(functions) = name? {
                                for function in functions {
                                    let function = function?;
                                    names.insert(function.index, function.name.to_owned());
                                }
                            }
                        }
                    }
                }
                other => module.rest += other.as_section().map_or(0, |(_, range)| range.len()),
            }
        }
        if names.is_empty() {
            bail!("the module has no names");
        }
        for (index, size) in (imported..).zip(bodies) {
            module
                .functions
                .push((names.remove(&index).unwrap_or_default(), size));
        }
        Ok(module)
    }

    /// The bytes of all bodies.
    pub(crate) fn code(&self) -> usize {
        self.functions.iter().map(|(_, size)| size).sum()
    }
}

/// The module without its custom sections, its names among them.
pub(crate) fn without_custom_sections(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut shipped = bytes.to_vec();
    // From the last to the first, so that the places of those before stay true.
    for range in custom_sections(bytes)?.into_iter().rev() {
        shipped.drain(range);
    }
    Ok(shipped)
}

/// Where they are, each with its header.
fn custom_sections(bytes: &[u8]) -> Result<Vec<Range<usize>>> {
    let (mut found, mut end) = (Vec::new(), 0);
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        if let Payload::Version { range, .. } = &payload {
            end = range.end;
        } else if let Some((_, range)) = payload.as_section() {
            if matches!(payload, Payload::CustomSection(_)) {
                found.push(end..range.end);
            }
            end = range.end;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One imported function, one of four bytes that is called `f`, a byte of data, and a custom section `x`.
    const MODULE: &[u8] = &[
        0, b'a', b's', b'm', 1, 0, 0, 0, // the version
        1, 4, 1, 0x60, 0, 0, // a type
        2, 7, 1, 1, b'm', 1, b'i', 0, 0, // an import
        3, 2, 1, 0, // a function
        5, 3, 1, 0, 1, // a memory
        0, 3, 1, b'x', 9, // a custom section
        10, 6, 1, 4, 0, 1, 1, 0x0b, // its body
        11, 7, 1, 0, 0x41, 0, 0x0b, 1, 7, // data
        0, 11, 4, b'n', b'a', b'm', b'e', 1, 4, 1, 1, 1, b'f', // names
    ];

    #[test]
    fn functions_are_found_with_their_names() {
        let module = Module::read(MODULE).unwrap();
        assert_eq!(module.functions, [("f".to_owned(), 4)]);
        assert_eq!((module.code(), module.data), (4, 7));
        assert!(module.rest > 0);
    }

    #[test]
    fn what_is_shipped_has_no_names_and_the_same_code() {
        let shipped = without_custom_sections(MODULE).unwrap();
        assert_eq!(shipped.len(), MODULE.len() - 5 - 13);
        assert!(Module::read(&shipped).is_err());
        assert!(shipped.windows(4).any(|code| code == [0, 1, 1, 0x0b]));
    }
}
