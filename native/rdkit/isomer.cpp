// One of the isomers that an input stands for: its open stereo elements, and its groups of centres, given.
#include "rdkit/molecule.h"
#include "rdkit/stereo.h"

#include <GraphMol/MolOps.h>
#include <GraphMol/StereoGroup.h>

using namespace RDKit;
using namespace mol;

namespace {

enum AtomChoice { AtomAsGiven = 0, CounterClockwise = 1, Clockwise = 2, Inverted = 3 };
enum BondChoice { BondAsGiven = 0, Cis = 1, Trans = 2 };

void set_centre(Atom* atom, int choice) {
  require(choice >= AtomAsGiven && choice <= Inverted, "an atom's choice is 0 to 3");
  atom->clearProp(common_properties::_UnknownStereo);  // drawn wiggly: nothing is unknown any more
  if (choice == Inverted) atom->invertChirality();
  else if (choice != AtomAsGiven) atom->setChiralTag(choice == CounterClockwise ? Atom::CHI_TETRAHEDRAL_CCW : Atom::CHI_TETRAHEDRAL_CW);
}

void set_double_bond(Bond* bond, int choice, std::pair<int, int> ends) {
  require(choice >= BondAsGiven && choice <= Trans, "a bond's choice is 0 to 2");
  if (bond->getBondDir() == Bond::UNKNOWN || bond->getBondDir() == Bond::EITHERDOUBLE) bond->setBondDir(Bond::NONE);
  if (choice == BondAsGiven) return;
  require(bond->getBondType() == Bond::DOUBLE && ends.first >= 0 && ends.second >= 0, "the bond is no stereo double bond");
  bond->setStereoAtoms(ends.first, ends.second);
  bond->setStereo(choice == Cis ? Bond::STEREOCIS : Bond::STEREOTRANS);
}

}  // namespace

// atoms [N]: 0 as given, 1 counter-clockwise and 2 clockwise (the other neighbours from the first, in the order of the bonds), 3 inverted.
// bonds [M]: 0 as given, 1 cis and 2 trans of the stereo atoms that describe names. The isomer has no coordinates and no stereo groups.
MOL_EXPORT int molrdkit_with_stereo(const molrdkit_molecule* molecule, const int* atoms, const int* bonds, molrdkit_molecule** isomer) {
  return guarded_with_results([&] {
    require(molecule && atoms && bonds && isomer, "null argument");
    *isomer = nullptr;
    const Stereo stereo = stereo_of(*molecule->mol);
    auto made = std::make_unique<molrdkit_molecule>();
    made->mol = std::make_unique<RWMol>(*molecule->mol);
    made->allenes = molecule->allenes;
    RWMol& mol = *made->mol;
    mol.clearConformers();
    mol.setStereoGroups({});
    for (Atom* atom : mol.atoms()) set_centre(atom, atoms[atom->getIdx()]);
    for (Bond* bond : mol.bonds()) set_double_bond(bond, bonds[bond->getIdx()], stereo.bond_atoms[bond->getIdx()]);
    std::vector<std::pair<unsigned, Atom::ChiralType>> nitrogens;  // which RDKit's perception forgets
    for (const Atom* atom : mol.atoms())
      if (atom->getChiralTag() != Atom::CHI_UNSPECIFIED && is_pyramidal_nitrogen(mol, atom))
        nitrogens.emplace_back(atom->getIdx(), atom->getChiralTag());
    MolOps::setDoubleBondNeighborDirections(mol);
    MolOps::assignStereochemistry(mol, true, true, true);
    for (const auto& [atom, tag] : nitrogens) mol.getAtomWithIdx(atom)->setChiralTag(tag);
    *isomer = made.release();
  });
}
