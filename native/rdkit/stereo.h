// Which atoms and bonds are stereo elements, and whether the input says what they are.
#pragma once

#include <utility>
#include <vector>

#include <GraphMol/GraphMol.h>

namespace mol {

struct Stereo {
  std::vector<char> atoms;                        // R, S; * given, without a letter; ? not given; 0 none
  std::vector<char> bonds;                        // E, Z; ? not given; 0 none
  std::vector<std::pair<int, int>> bond_atoms;    // what E and Z refer to, or -1
};

Stereo stereo_of(const RDKit::RWMol& mol);

}  // namespace mol
