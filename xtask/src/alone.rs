//! One set-up at a time: three `wrangler dev` that are started together all call us.

use std::{
    fs::{self, File},
    path::Path,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use crate::{place, process, progress};

/// Keeps others out until it is dropped, or the process ends in whatever way.
pub(crate) struct Alone {
    _lock: File,
}

/// Waits until no other command sets up.
pub(crate) fn alone() -> Result<Alone> {
    wait_for(&place::memory())
}

fn wait_for(folder: &Path) -> Result<Alone> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", place::short(folder)))?;
    let path = folder.join("lock");
    let lock =
        File::create(&path).with_context(|| format!("cannot write {}", place::short(&path)))?;
    let mut told = false;
    while lock.try_lock().is_err() {
        if process::stopped() {
            bail!("stopped");
        }
        if !told {
            progress::line("another command sets up; waiting for it");
            told = true;
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(Alone { _lock: lock })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{RecvTimeoutError, channel};

    use super::*;

    #[test]
    fn the_second_waits_for_the_first() {
        let folder = std::env::temp_dir().join(format!("ostiary-alone-{}", std::process::id()));
        let first = wait_for(&folder).unwrap();
        let (sender, receiver) = channel();
        let other = folder.clone();
        let second = thread::spawn(move || {
            let _held = wait_for(&other).unwrap();
            sender.send(()).unwrap();
        });
        let early = receiver.recv_timeout(Duration::from_millis(300));
        assert_eq!(early, Err(RecvTimeoutError::Timeout));
        drop(first);
        assert_eq!(receiver.recv_timeout(Duration::from_secs(10)), Ok(()));
        second.join().unwrap();
        fs::remove_dir_all(folder).unwrap();
    }
}
