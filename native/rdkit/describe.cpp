// The flat record of a molecule.
#include "rdkit/molecule.h"
#include "rdkit/stereo.h"

#include <algorithm>
#include <climits>

#include <GraphMol/MolOps.h>
#include <GraphMol/PeriodicTable.h>
#include <GraphMol/RingInfo.h>
#include <GraphMol/StereoGroup.h>
#include <GraphMol/new_canon.h>

using namespace RDKit;
using namespace mol;

static int hybridisation(const Atom* atom) {
  switch (atom->getHybridization()) {
    case Atom::SP: return 1;
    case Atom::SP2: return 2;
    case Atom::SP3: return 3;
    default: return 0;
  }
}

// ints: atom count, bond count, ring count, coordinates (0 none, 1 of all atoms, 2 completed for hydrogens);
//   per atom: Z, isotope, formal charge, radical electrons, aromatic, hybridisation, chirality (ASCII R S * ? or 0; * is given and has no letter);
//   per bond: begin, end, Kekule order, aromatic, conjugated, in ring, stereo (ASCII E Z ? or 0), stereo atoms (or -1);
//   per ring: size, atoms;
//   per atom: its class, equal for atoms that symmetry exchanges;
//   number of allenes whose hand the input writes, per allene: two atoms on either end, sign of their volume;
//   number of stereo groups that stand for several isomers, per group: 1 OR, 2 AND, number of atoms, atoms.
// doubles: masses. text: canonical isomeric SMILES without hydrogens, then element symbols, space separated, on a second line.
MOL_EXPORT int molrdkit_describe(const molrdkit_molecule* molecule) {
  return guarded_with_results([&] {
    require(molecule, "null argument");
    RWMol& mol = *molecule->mol;
    const int atoms = mol.getNumAtoms(), bonds = mol.getNumBonds();
    if (!mol.getRingInfo()->isInitialized()) MolOps::symmetrizeSSSR(mol);
    const auto& rings = mol.getRingInfo()->atomRings();

    const Stereo stereo = stereo_of(mol);

    RWMol kekule(mol);
    MolOps::Kekulize(kekule, false);
    auto& out = results();
    out.text = canonical_smiles(mol) + "\n";
    out.ints = {atoms, bonds, static_cast<int>(rings.size()), !molecule->has_coordinates ? 0 : molecule->has_added_hydrogens ? 2 : 1};
    for (const Atom* atom : mol.atoms()) {
      out.ints.insert(out.ints.end(), {static_cast<int>(atom->getAtomicNum()), static_cast<int>(atom->getIsotope()), atom->getFormalCharge(),
                                       static_cast<int>(atom->getNumRadicalElectrons()), atom->getIsAromatic() ? 1 : 0, hybridisation(atom),
                                       stereo.atoms[atom->getIdx()]});
      out.doubles.push_back(atom->getMass());
      out.text += (atom->getIdx() ? " " : "") + atom->getSymbol();
    }
    for (const Bond* bond : mol.bonds()) {
      int index = bond->getIdx();
      Bond::BondType type = kekule.getBondWithIdx(index)->getBondType();
      int order = type == Bond::DOUBLE ? 2 : type == Bond::TRIPLE ? 3 : 1;
      out.ints.insert(out.ints.end(), {static_cast<int>(bond->getBeginAtomIdx()), static_cast<int>(bond->getEndAtomIdx()), order,
                                       bond->getIsAromatic() ? 1 : 0, bond->getIsConjugated() ? 1 : 0,
                                       mol.getRingInfo()->numBondRings(index) > 0 ? 1 : 0, stereo.bonds[index], stereo.bond_atoms[index].first,
                                       stereo.bond_atoms[index].second});
    }
    for (const auto& ring : rings) {
      out.ints.push_back(static_cast<int>(ring.size()));
      out.ints.insert(out.ints.end(), ring.begin(), ring.end());
    }
    std::vector<unsigned int> classes;
    Canon::rankMolAtoms(mol, classes, false);
    out.ints.insert(out.ints.end(), classes.begin(), classes.end());
    out.ints.push_back(static_cast<int>(molecule->allenes.size()));
    for (const auto& allene : molecule->allenes) {
      out.ints.insert(out.ints.end(), allene.atoms, allene.atoms + 4);
      out.ints.push_back(allene.sign);
    }
    size_t groups = out.ints.size();
    out.ints.push_back(0);
    for (const auto& group : mol.getStereoGroups()) {
      if (group.getGroupType() == StereoGroupType::STEREO_ABSOLUTE) continue;
      ++out.ints[groups];
      out.ints.insert(out.ints.end(), {group.getGroupType() == StereoGroupType::STEREO_OR ? 1 : 2, static_cast<int>(group.getAtoms().size())});
      for (const Atom* atom : group.getAtoms()) out.ints.push_back(static_cast<int>(atom->getIdx()));
    }
  });
}

// doubles: the coordinates that came with the molecule, Angstrom.
MOL_EXPORT int molrdkit_coordinates(const molrdkit_molecule* molecule) {
  return guarded_with_results([&] {
    require(molecule, "null argument");
    require(molecule->has_coordinates, "the molecule has no three-dimensional coordinates");
    for (const auto& p : molecule->mol->getConformer().getPositions()) results().doubles.insert(results().doubles.end(), {p.x, p.y, p.z});
  });
}

// text: the isomeric SMILES that a geometry has; doubles in, Angstrom.
MOL_EXPORT int molrdkit_smiles_from_coordinates(const molrdkit_molecule* molecule, const double* positions) {
  return guarded_with_results([&] {
    require(molecule && positions, "null argument");
    RWMol copy = with_coordinates(*molecule, positions);
    take_stereo(copy);
    results().text = canonical_smiles(copy);
  });
}
