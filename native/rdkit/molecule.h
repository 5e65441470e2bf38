// A molecule handle, and where functions leave their results: text, integers and doubles of the calling thread.
// The caller copies them before its next call. Coordinates are in Angstrom and energies in kcal/mol, as upstream has them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <GraphMol/GraphMol.h>

#include "guard/guard.h"

struct molrdkit_molecule {
  std::unique_ptr<RDKit::RWMol> mol;  // hydrogens explicit
  bool has_coordinates = false;
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

// What RDKit said on its log while the guard lived: it becomes part of the error text.
class CapturedLog {
 public:
  CapturedLog();
  ~CapturedLog();
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

template <class Body>
int guarded_with_results(Body&& body) {
  return guarded([&] {
    results().clear();
    body();
  });
}

}  // namespace mol
