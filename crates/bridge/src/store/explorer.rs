//! Tries all orders in which several actors can take their steps on a task, with a crash of any of them between any two steps,
//! and holds each state against the rules.
//!
//! A step is one transaction of the store, or one look at it whose answer an actor then acts upon however old it is. The search
//! goes depth first and puts the database back to where a choice was made. A state from which all has been tried is not
//! entered again; how many orders lead through it is still counted.

use std::collections::{BTreeSet, HashMap};

mod actors;
mod bench;
mod broken;
mod rules;
mod scenarios;

use actors::{Actor, Mind};
use bench::{Bench, Snapshot};

/// Who acts, and how often one of them may crash in each order.
struct Scenario {
    /// What a worker has done before it all begins: the letters of those who claim the task.
    begun_by: Option<&'static str>,
    actors: Vec<Actor>,
    crashes: u8,
}

/// What was tried.
#[derive(Debug, Default, PartialEq, Eq)]
struct Explored {
    /// Orders, from the beginning to the end.
    orders: u64,
    /// States that differ.
    states: usize,
    /// Steps that were taken to see them all.
    steps: u64,
    /// What came to pass in some order.
    happened: BTreeSet<String>,
}

struct Explorer {
    bench: Bench,
    actors: Vec<Actor>,
    /// Orders from each known state; `None` when nothing is to be remembered.
    known: Option<HashMap<u64, u64>>,
    steps: u64,
    happened: BTreeSet<String>,
    /// The steps that led here.
    path: Vec<String>,
}

impl Scenario {
    /// Tries everything. An error tells the rule that was broken and the steps that led there.
    fn explore(&self) -> Result<Explored, String> {
        self.run(Some(HashMap::new()))
    }

    /// The same without remembering what is known.
    fn explore_each(&self) -> Result<Explored, String> {
        self.run(None)
    }

    fn run(&self, known: Option<HashMap<u64, u64>>) -> Result<Explored, String> {
        let bench = Bench::new(self.begun_by);
        let mind = Mind::new(&self.actors, self.crashes);
        let mut explorer = Explorer {
            bench,
            actors: self.actors.clone(),
            known,
            steps: 0,
            happened: BTreeSet::new(),
            path: Vec::new(),
        };
        let here = explorer.bench.look();
        let orders = explorer.from(&mind, &here)?;
        let states = explorer.known.map_or(0, |known| known.len());
        Ok(Explored { orders, states, steps: explorer.steps, happened: explorer.happened })
    }
}

impl Explorer {
    /// Tries everything from here; returns how many orders that are.
    fn from(&mut self, mind: &Mind, here: &Snapshot) -> Result<u64, String> {
        let key = self.known.as_ref().map(|_| self.bench.key(here, mind));
        if let Some(orders) = key.and_then(|key| self.known.as_ref()?.get(&key).copied()) {
            return Ok(orders);
        }
        let mut orders: u64 = 0;
        for choice in mind.choices(&self.actors) {
            let mut next = mind.clone();
            self.bench.restore(here);
            self.steps += 1;
            let told = next.take(choice, &self.actors, &mut self.bench.store);
            self.happened.insert(told.clone());
            self.path.push(told);
            let there = self.bench.look_again(here);
            let more = rules::hold(&mut next, here, &there).and_then(|()| self.from(&next, &there));
            orders += more.map_err(|broken| self.with_path(broken))?;
            self.path.pop();
        }
        if orders == 0 {
            self.bench.restore(here);
            actors::recover(&mut self.bench.store, mind, &self.actors);
            let end = self.bench.look();
            let mut mind = mind.clone();
            let held = rules::hold(&mut mind, here, &end).and_then(|()| rules::hold_at_the_end(&end));
            held.map_err(|broken| self.with_path(format!("after the end: {broken}")))?;
            orders = 1;
        }
        if let (Some(known), Some(key)) = (&mut self.known, key) {
            known.insert(key, orders);
        }
        Ok(orders)
    }

    /// Adds the steps that led to a broken rule; only where it was found.
    fn with_path(&self, broken: String) -> String {
        if broken.contains('\n') { broken } else { format!("{}\n=> {broken}\n", self.path.join("\n")) }
    }
}
