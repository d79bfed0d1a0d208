//! A map's key, compared and printed, and what it is made of: derives are missing on all of them.
use std::collections::{BTreeSet, HashMap};

pub mod board {
    #[derive(Clone)]
    pub struct Square {
        pub file: File,
        pub rank: u8,
    }

    /// From `a` to `c`.
    pub enum File {
        A,
        B,
        C,
    }

    pub enum Piece {
        Pawn { moved: bool },
        Knight(Side),
    }

    pub enum Side { White, Black }
}

use board::{File, Piece, Side, Square};

#[derive(Debug)]
pub struct Board {
    pieces: HashMap<Square, Piece>,
}

impl Board {
    pub fn place(&mut self, at: Square, piece: Piece) -> Option<Piece> {
        self.pieces.insert(at, piece)
    }

    pub fn squares(&self) -> BTreeSet<Square> {
        self.pieces.keys().cloned().collect()
    }

    pub fn pawns(&self) -> usize {
        self.pieces.values().filter(|piece| **piece == Piece::Pawn { moved: false }).count()
    }
}

#[test]
fn pieces_are_found() {
    let mut board = Board { pieces: HashMap::new() };
    board.place(Square { file: File::B, rank: 1 }, Piece::Knight(Side::White));
    assert_eq!(board.place(Square { file: File::A, rank: 2 }, Piece::Pawn { moved: false }), None);
    assert_eq!(board.squares().first().unwrap().rank, 2);
    assert_eq!(board.pawns(), 1);
    assert_eq!(board.place(Square { file: File::A, rank: 2 }, Piece::Knight(Side::Black)), Some(Piece::Pawn { moved: false }));
    let _ = File::C;
}
