//! Scenarios of a world: loaded and removed through the ledger, all of one or nothing.

use super::{Event, World};
use crate::ledger::LedgerError;
use crate::line::CustomerId;
use crate::registered::{Institution, Registration};
use crate::script::{Loaded, Scenario, ScenarioError, Source};

/// Why a world doesn't take a scenario. Then nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PutError {
    /// The scenario.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl World {
    /// Reads a scenario and checks it against the cards of this world; nothing is loaded.
    ///
    /// # Errors
    /// [`ScenarioError`] with everything that is wrong.
    pub fn read_scenario(&self, name: &str, text: &str, source: Source) -> Result<Scenario, ScenarioError> {
        let loaded = Loaded { name: name.into(), source, at: self.clock.now(), text: text.into() };
        self.scenarios.has_room_for(name)?;
        Scenario::read(loaded, &self.people())
    }

    /// Loads a scenario over all others; one of the same name is replaced and its counts begin anew. Institutions and
    /// lines that it names are registered. Returns whether there was none of its name.
    ///
    /// # Errors
    /// [`PutError`] with everything that is wrong.
    pub fn put_scenario(&self, name: &str, text: &str, source: Source) -> Result<bool, PutError> {
        let scenario = self.read_scenario(name, text, source)?;
        let is_new = self.scenarios.named(name).is_none();
        self.load_scenario(scenario)?;
        Ok(is_new)
    }

    /// Loads a scenario that was read in this world.
    ///
    /// # Errors
    /// [`LedgerError`] if it cannot be recorded.
    pub fn load_scenario(&self, scenario: Scenario) -> Result<(), LedgerError> {
        for institution in &scenario.pack.institutions {
            let (code, name) = (institution.code.clone(), institution.name.clone());
            let known = self.registry.institution(&code);
            let institution_is_known = known.is_some_and(|known| known.name == name);
            if !institution_is_known {
                self.record(Event::InstitutionRegistered(Institution { code: code.clone(), name }))?;
            }
            // The scenario was checked: every line is a customer ID.
            for customer_id in institution.lines.iter().filter_map(|line| line.parse::<CustomerId>().ok()) {
                let registration = Registration::active(customer_id, code.clone());
                let known = self.registry.line(&registration.line);
                if known.is_none_or(|known| known.institution != code) {
                    self.record(Event::LineRegistered(registration))?;
                }
            }
        }
        self.record(Event::ScenarioLoaded(scenario.loaded))
    }

    /// Removes a scenario; `false` if there is none of the name.
    ///
    /// # Errors
    /// [`LedgerError`] if it cannot be recorded.
    pub fn remove_scenario(&self, name: &str) -> Result<bool, LedgerError> {
        if self.scenarios.named(name).is_none() {
            return Ok(false);
        }
        self.record(Event::ScenarioRemoved(name.into())).map(|()| true)
    }

    pub(super) fn scenario_loaded(&self, loaded: &Loaded) {
        self.turns.forget(&loaded.name);
        self.scenarios.load(loaded);
        self.stage();
    }

    pub(super) fn scenario_removed(&self, name: &str) {
        self.turns.forget(name);
        self.scenarios.remove(name);
        self.stage();
    }
}
