// A molecule handle, and where functions leave their results: text, integers and doubles of the calling thread.
// The caller copies them before its next call. Coordinates are in Angstrom and energies in kcal/mol, as upstream has them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <GraphMol/GraphMol.h>

#include "guard/guard.h"

// A hand that the SMILES gives an allene, which RDKit does not keep: the sign of the volume (a - d) . ((b - d) x (c - d)) of the ends'
// substituents.
struct allene_hand {
  int atoms[4];  // two on either end
  int sign;
};

struct molrdkit_molecule {
  std::unique_ptr<RDKit::RWMol> mol;  // hydrogens explicit
  bool has_coordinates = false;
  bool has_added_hydrogens = false;
  std::vector<allene_hand> allenes;
};

namespace mol {

struct Results {
  std::string text;
  std::vector<int> ints;
  std::vector<double> doubles;
  void clear() { text.clear(), ints.clear(), doubles.clear(); }
};

Results& results();

// A copy whose only conformer has these positions, [N, 3] Angstrom.
RDKit::RWMol with_coordinates(const molrdkit_molecule& molecule, const double* positions);

// A pyramidal nitrogen of a three-membered ring that is free to invert: nothing holds its third neighbour, and the input gives it no
// configuration.
bool inverts(const RDKit::ROMol& mol, const RDKit::Atom* atom);

bool is_pyramidal_nitrogen(const RDKit::ROMol& mol, const RDKit::Atom* atom);

// The chiral tag of a centre with three neighbours in the molecule's only conformer.
RDKit::Atom::ChiralType tag_of(const RDKit::ROMol& mol, const RDKit::Atom* atom);

// Takes the stereo that a molecule's only conformer has where the input leaves it open, nitrogens that invert excepted.
void take_stereo(RDKit::RWMol& mol);

// Isomeric SMILES, hydrogens implicit.
std::string canonical_smiles(const RDKit::RWMol& molecule);

// Stereo that a SMILES writes and that RDKit's parser drops: bridgehead nitrogens and allenes.
void keep_written_stereo(const char* smiles, molrdkit_molecule& molecule);

// Refuses what stands for many molecules: query atoms and bonds, R groups, attachment points, repeat units.
void require_molecule(const RDKit::ROMol& mol);

// What RDKit said on its log, on this thread, while the guard lived: it becomes part of the error text.
class CapturedLog {
 public:
  CapturedLog();
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;
  ~CapturedLog();
  std::string text() const;

 private:
  std::string text_;
  std::string* outer_;
};

template <class Body>
int guarded_with_results(Body&& body) {
  return guarded([&] {
    results().clear();
    body();
  });
}

}  // namespace mol
