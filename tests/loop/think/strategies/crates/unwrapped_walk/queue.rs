//! Jobs in a queue that is sorted by weight, the lightest first.

pub struct Job {
    weight: u32,
    name: String,
    next: Option<Box<Job>>,
}

#[derive(Default)]
pub struct Queue {
    first: Option<Box<Job>>,
}

impl Queue {
    pub fn insert(&mut self, weight: u32, name: &str) {
        let mut job = Box::new(Job { weight, name: name.to_string(), next: None });
        let mut place = &mut self.first;
        while let Some(here) = place.as_mut() {
            if here.weight > job.weight {
                break;
            }
            place = &mut here.next;
        }
        job.next = place.take();
        *place = Some(job);
    }

    /// Remove the first job of this name.
    pub fn remove(&mut self, name: &str) -> Option<u32> {
        let mut place = &mut self.first;
        while let Some(here) = place {
            // Unlink it.
            if here.name == name {
                let weight = here.weight;
                *place = here.next.take();
                return Some(weight);
            }
            place = &mut here.next;
        }
        None
    }

    pub fn names(&self) -> Vec<String> {
        let mut names = vec![];
        let mut here = self.first.as_ref();
        while let Some(job) = here {
            names.push(job.name.clone());
            here = job.next.as_ref();
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_sorted() {
        let mut queue = Queue::default();
        for (weight, name) in [(3, "c"), (1, "a"), (2, "b")] {
            queue.insert(weight, name);
        }
        assert_eq!(queue.names(), ["a", "b", "c"]);
        assert_eq!(queue.remove("b"), Some(2));
        assert_eq!(queue.remove("b"), None);
        assert_eq!(queue.names(), ["a", "c"]);
    }
}
