//! The clients of the process, so that whatever talks to the same server in the same way shares its connections.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use crate::exchange::Failure;

use super::{Client, Settings};

/// The client for these settings that the process already has, or a new one.
pub(super) fn shared(settings: &Settings) -> Result<Arc<Client>, Failure> {
    REGISTRY.shared(settings, process::id())
}

static REGISTRY: Registry = Registry::new();

/// So many clients are kept when nobody uses them, those used last.
const MAX_CLIENTS: usize = 8;

struct Registry {
    /// The process that the clients belong to, 0 at first.
    owner: AtomicU32,
    clients: Mutex<Clients>,
}

struct Clients {
    /// The one used last at the end.
    own: Vec<(Settings, Arc<Client>)>,
    /// Those of the processes that this one descends from; nobody touches them.
    inherited: Vec<(Settings, Arc<Client>)>,
}

impl Registry {
    const fn new() -> Self {
        Registry { owner: AtomicU32::new(0), clients: Mutex::new(Clients { own: Vec::new(), inherited: Vec::new() }) }
    }

    fn shared(&self, settings: &Settings, process: u32) -> Result<Arc<Client>, Failure> {
        if let Some(client) = self.lock(process).and_then(|mut clients| take_up(&mut clients, settings)) {
            return Ok(client);
        }
        // Outside the lock: reading the system's certificates takes milliseconds.
        let client = Arc::new(Client::new(settings)?);
        let Some(mut clients) = self.lock(process) else {
            return Ok(client);
        };
        if let Some(quicker) = take_up(&mut clients, settings) {
            return Ok(quicker);
        }
        if clients.own.len() == MAX_CLIENTS {
            clients.own.remove(0);
        }
        clients.own.push((settings.clone(), client.clone()));
        Ok(client)
    }

    /// The clients of this process.
    ///
    /// After a fork the child has copies of the parent's, with the same sockets: used by both, they would mix up their
    /// bytes. The child lays them aside. It does not drop them, for their locks may be held by threads that exist in the
    /// parent only. So may this one be: then the child goes without shared clients.
    fn lock(&self, process: u32) -> Option<MutexGuard<'_, Clients>> {
        let first = self.owner.compare_exchange(0, process, Ordering::AcqRel, Ordering::Acquire);
        if first.is_ok() || first == Err(process) {
            return Some(self.clients.lock().unwrap_or_else(PoisonError::into_inner));
        }
        let mut clients = match self.clients.try_lock() {
            Ok(clients) => clients,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        // Another thread of the child may have been here meanwhile.
        if self.owner.load(Ordering::Acquire) != process {
            let own = std::mem::take(&mut clients.own);
            clients.inherited.extend(own);
            self.owner.store(process, Ordering::Release);
        }
        Some(clients)
    }
}

fn take_up(clients: &mut Clients, settings: &Settings) -> Option<Arc<Client>> {
    let place = clients.own.iter().position(|(known, _)| known == settings)?;
    let entry = clients.own.remove(place);
    let client = entry.1.clone();
    clients.own.push(entry);
    Some(client)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::http::{ProxyChoice, Trust};

    use super::*;

    fn settings(port: u16) -> Settings {
        Settings {
            origin: format!("http://127.0.0.1:{port}"),
            connect_timeout: Duration::from_secs(1),
            proxy: ProxyChoice::None,
            trust: Trust::Bundled,
            ca_pem: Vec::new(),
            pins: Vec::new(),
        }
    }

    #[test]
    fn equal_settings_share_a_client() {
        let registry = Registry::new();
        let one = registry.shared(&settings(1), 7).unwrap();
        assert!(Arc::ptr_eq(&one, &registry.shared(&settings(1), 7).unwrap()));
        assert!(!Arc::ptr_eq(&one, &registry.shared(&settings(2), 7).unwrap()));
        let pinned = Settings { pins: vec![[1; 32]], ..settings(1) };
        assert!(!Arc::ptr_eq(&one, &registry.shared(&pinned, 7).unwrap()));
    }

    #[test]
    fn those_used_last_are_kept() {
        let registry = Registry::new();
        let first = registry.shared(&settings(1), 7).unwrap();
        let second = registry.shared(&settings(2), 7).unwrap();
        for port in 3..10 {
            registry.shared(&settings(1), 7).unwrap();
            registry.shared(&settings(port), 7).unwrap();
        }
        assert!(Arc::ptr_eq(&first, &registry.shared(&settings(1), 7).unwrap()));
        assert!(!Arc::ptr_eq(&second, &registry.shared(&settings(2), 7).unwrap()));
    }

    #[test]
    fn a_child_process_has_clients_of_its_own() {
        let registry = Registry::new();
        let parents = registry.shared(&settings(1), 7).unwrap();
        let childs = registry.shared(&settings(1), 8).unwrap();
        assert!(!Arc::ptr_eq(&parents, &childs));
        assert!(Arc::ptr_eq(&childs, &registry.shared(&settings(1), 8).unwrap()));
        assert!(Arc::strong_count(&parents) > 1, "the parent's clients are laid aside, not dropped");
    }

    #[test]
    fn a_child_whose_parent_held_the_lock_does_not_wait_for_it() {
        let registry = Registry::new();
        registry.shared(&settings(1), 7).unwrap();
        let _held_by_a_thread_of_the_parent = registry.clients.lock().unwrap();
        let one = registry.shared(&settings(1), 8).unwrap();
        let other = registry.shared(&settings(1), 8).unwrap();
        assert!(!Arc::ptr_eq(&one, &other));
    }
}
