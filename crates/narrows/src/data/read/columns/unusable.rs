//! Passes over rows that cannot be used, and says why.

use super::Columns;
use crate::base::error::{Error, Place, Result};
use crate::data::read::reader::Room;
use crate::data::table::Unusable;

impl Columns {
    /// Leaves the row that an error is about without values, if such rows are passed
    /// over; else returns the error. `before` is the number of rows before it. Its ids
    /// are yet to be set.
    pub fn pass_over(&mut self, before: usize, error: Error, room: Room) -> Result<()> {
        if self.rows > before {
            self.drop_row();
        }
        let Error::Data {
            place: Place::Row(_) | Place::Cell(..) | Place::Line(_),
            ..
        } = &error
        else {
            return Err(error);
        };
        if !self.passes_over {
            return Err(error);
        }
        // Where there is no room, this error is the one to return.
        self.add_rows(1, room)?;
        self.unusable.extend(Unusable::of(before, &error));
        Ok(())
    }
}
