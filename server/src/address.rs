//! What counts as one address for the limits, and what each address uses of what all share:
//! connections, rooms in memory, and reads of the log.

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use parlor_shared::limits::{
    HTTP_CONNECTIONS_ADDRESS_MAX, LOG_READERS_ADDRESS_MAX, ROOMS_LOADED_ADDRESS_MAX,
};
use tokio::sync::Semaphore;

/// Whether one address has limits of its own. An operator lifts them where all clients have one
/// address, as in a benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddressLimits {
    Enforced,
    Lifted,
}

impl AddressLimits {
    /// Lifted with the limit of connections.
    pub(crate) fn for_connections(connections_max: Option<usize>) -> Self {
        connections_max.map_or(Self::Lifted, |_| Self::Enforced)
    }
}

/// An address for the limits: an IPv4 address, or the first 64 bits of an IPv6 address, because a
/// single machine usually has all addresses of such a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Network {
    V4(Ipv4Addr),
    V6([u16; 4]),
}

impl From<IpAddr> for Network {
    /// An IPv4 address that is written as an IPv6 address (`::ffff:192.0.2.1`) is the same.
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::V4(address) => address.fmt(f),
            Self::V6([a, b, c, d]) => write!(f, "{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)),
        }
    }
}

/// The addresses in use. Each is known for as long as something is in use from it.
#[derive(Debug)]
pub(crate) struct Addresses {
    /// Connections that one address may have; `None` where the limits are lifted.
    connections_max: Option<usize>,
    known: Mutex<HashMap<Network, Weak<Usage>>>,
}

/// What is in use from one address.
#[derive(Debug)]
struct Usage {
    network: Network,
    addresses: Arc<Addresses>,
    connections: AtomicUsize,
    http_connections: AtomicUsize,
    rooms: AtomicUsize,
    reads: Arc<Semaphore>,
}

/// An address that something is in use from.
#[derive(Debug, Clone)]
pub(crate) struct Address(Arc<Usage>);

/// There are as many as there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShareUsed;

impl Addresses {
    /// No addresses yet. Each may have `connections_max` connections; `None` lifts all limits of
    /// one address.
    pub(crate) fn new(connections_max: Option<usize>) -> Arc<Self> {
        Arc::new(Self {
            connections_max,
            known: Mutex::default(),
        })
    }

    /// The address, if one address has limits here.
    pub(crate) fn find(self: &Arc<Self>, network: Option<Network>) -> Option<Address> {
        let network = network.filter(|_| self.connections_max.is_some())?;
        let mut known = self.lock();
        let in_use = known.get(&network).and_then(Weak::upgrade);
        let usage = in_use.unwrap_or_else(|| {
            let usage = Arc::new(Usage::new(network, self.clone()));
            known.insert(network, Arc::downgrade(&usage));
            usage
        });
        Some(Address(usage))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Network, Weak<Usage>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Usage {
    fn new(network: Network, addresses: Arc<Addresses>) -> Self {
        Self {
            network,
            addresses,
            connections: AtomicUsize::new(0),
            http_connections: AtomicUsize::new(0),
            rooms: AtomicUsize::new(0),
            reads: Arc::new(Semaphore::new(LOG_READERS_ADDRESS_MAX)),
        }
    }
}

impl Drop for Usage {
    fn drop(&mut self) {
        let mut known = self.addresses.lock();
        let usage = known.get(&self.network);
        // The address may be in use again by now.
        if usage.is_some_and(|usage| usage.strong_count() == 0) {
            known.remove(&self.network);
        }
    }
}

impl Address {
    /// Its name in the server's log.
    pub(crate) fn network(&self) -> Network {
        self.0.network
    }

    /// The permits of this address to read the log.
    pub(crate) fn read_permits(&self) -> Arc<Semaphore> {
        self.0.reads.clone()
    }

    /// Counts a connection for as long as the result lives.
    ///
    /// # Errors
    /// [`ShareUsed`] if the address has as many as it may.
    pub(crate) fn count_connection(&self) -> Result<Share, ShareUsed> {
        let max = self.0.addresses.connections_max.unwrap_or(usize::MAX);
        self.share(|usage| &usage.connections, max)
    }

    /// Counts a socket that speaks HTTP for as long as the result lives.
    ///
    /// # Errors
    /// [`ShareUsed`] if the address has as many as it may.
    pub(crate) fn count_http(&self) -> Result<Share, ShareUsed> {
        self.share(
            |usage| &usage.http_connections,
            HTTP_CONNECTIONS_ADDRESS_MAX,
        )
    }

    /// Counts a room that is loaded for this address, for as long as the result lives.
    ///
    /// # Errors
    /// [`ShareUsed`] if the address has as many as it may.
    pub(crate) fn count_room(&self) -> Result<Share, ShareUsed> {
        self.share(|usage| &usage.rooms, ROOMS_LOADED_ADDRESS_MAX)
    }

    fn share(&self, counter: Counter, max: usize) -> Result<Share, ShareUsed> {
        count_one(counter(&self.0), max)?;
        Ok(Share {
            address: self.clone(),
            counter,
        })
    }
}

/// Counts one more, up to `max`.
///
/// # Errors
/// [`ShareUsed`] if there are as many.
pub(crate) fn count_one(count: &AtomicUsize, max: usize) -> Result<(), ShareUsed> {
    let one_more = |count: usize| (count < max).then_some(count + 1);
    let counted = count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
    counted.map(|_| ()).map_err(|_| ShareUsed)
}

/// Something that counts for its address until this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    address: Address,
    counter: Counter,
}

/// Which number of what is in use from an address.
type Counter = fn(&Usage) -> &AtomicUsize;

impl Drop for Share {
    fn drop(&mut self) {
        (self.counter)(&self.address.0).fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(addresses: &Arc<Addresses>, last: u8) -> Option<Address> {
        let network = IpAddr::from([192, 0, 2, last]).into();
        addresses.find(Some(network))
    }

    #[test]
    fn an_address_has_so_many_connections_and_rooms_and_another_has_its_own() {
        let addresses = Addresses::new(Some(2));
        let one = address(&addresses, 1).unwrap();
        let connect = || one.count_connection().unwrap();
        let mut connections = vec![connect(), connect()];
        let same = address(&addresses, 1).unwrap();
        assert_eq!(same.count_connection().unwrap_err(), ShareUsed);
        address(&addresses, 2).unwrap().count_connection().unwrap();
        connections.pop();
        connections.push(same.count_connection().unwrap());

        let rooms: Vec<Share> = (0..ROOMS_LOADED_ADDRESS_MAX)
            .map(|_| one.count_room().unwrap())
            .collect();
        assert_eq!(same.count_room().unwrap_err(), ShareUsed);
        drop((one, same, connections));
        assert_eq!(addresses.lock().len(), 1, "its rooms are in use");
        drop(rooms);
        assert_eq!(addresses.lock().len(), 0, "what is not used is forgotten");
    }

    #[test]
    fn without_limits_no_address_is_counted() {
        assert!(address(&Addresses::new(None), 1).is_none());
    }

    fn network(address: &str) -> String {
        Network::from(address.parse::<IpAddr>().unwrap()).to_string()
    }

    #[test]
    fn an_ipv6_address_counts_by_its_first_64_bits_and_a_mapped_one_as_ipv4() {
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2:ffff::1"), "2001:db8:1:2::/64");
        assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
    }
}
