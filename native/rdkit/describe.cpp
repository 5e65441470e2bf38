// The flat record of a molecule.
#include "rdkit/molecule.h"

#include <algorithm>
#include <climits>

#include <GraphMol/Chirality.h>
#include <GraphMol/MolOps.h>
#include <GraphMol/PeriodicTable.h>
#include <GraphMol/RingInfo.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>

using namespace RDKit;
using namespace mol;

static std::string canonical_smiles(const RWMol& molecule) {
  RWMol heavy(molecule);
  MolOps::RemoveHsParameters parameters;
  MolOps::removeHs(heavy, parameters, false);
  return MolToSmiles(heavy);
}

static int hybridisation(const Atom* atom) {
  switch (atom->getHybridization()) {
    case Atom::SP: return 1;
    case Atom::SP2: return 2;
    case Atom::SP3: return 3;
    default: return 0;
  }
}

// ints: atom count, bond count, ring count, has coordinates;
//   per atom: Z, isotope, formal charge, radical electrons, aromatic, hybridisation, chirality (ASCII R S ? or 0);
//   per bond: begin, end, Kekule order, aromatic, conjugated, in ring, stereo (ASCII E Z ? or 0), stereo atoms (or -1);
//   per ring: size, atoms.
// doubles: masses. text: canonical isomeric SMILES without hydrogens, then element symbols, space separated, on a second line.
MOL_EXPORT int molrdkit_describe(const molrdkit_molecule* molecule) {
  return guarded_with_results([&] {
    require(molecule, "null argument");
    RWMol& mol = *molecule->mol;
    const int atoms = mol.getNumAtoms(), bonds = mol.getNumBonds();
    if (!mol.getRingInfo()->isInitialized()) MolOps::symmetrizeSSSR(mol);
    const auto& rings = mol.getRingInfo()->atomRings();

    std::vector<char> chirality(atoms, 0), stereo(bonds, 0);
    std::vector<std::pair<int, int>> stereo_atoms(bonds, {-1, -1});
    for (const auto& info : Chirality::findPotentialStereo(mol, false)) {
      if (info.type == Chirality::StereoType::Atom_Tetrahedral) {
        chirality[info.centeredOn] = '?';
      } else if (info.type == Chirality::StereoType::Bond_Double && info.controllingAtoms.size() == 4) {
        auto pick = [&](int first) {
          unsigned a = info.controllingAtoms[first], b = info.controllingAtoms[first + 1];
          return static_cast<int>(a != Chirality::StereoInfo::NOATOM ? a : b);
        };
        const Bond* bond = mol.getBondWithIdx(info.centeredOn);
        auto pair = std::make_pair(pick(0), pick(2));
        // controlling atoms come in the order of the bond's ends
        if (!mol.getBondBetweenAtoms(pair.first, bond->getBeginAtomIdx())) std::swap(pair.first, pair.second);
        stereo[info.centeredOn] = '?';
        stereo_atoms[info.centeredOn] = pair;
      }
    }
    for (const Atom* atom : mol.atoms()) {
      std::string code;
      if (atom->getPropIfPresent(common_properties::_CIPCode, code) && !code.empty()) chirality[atom->getIdx()] = code[0];
    }
    for (const Bond* bond : mol.bonds()) {
      if (bond->getStereo() <= Bond::STEREOANY) continue;
      bool apart = bond->getStereo() == Bond::STEREOE || bond->getStereo() == Bond::STEREOTRANS;
      stereo[bond->getIdx()] = apart ? 'E' : 'Z';
      if (bond->getStereoAtoms().size() == 2) stereo_atoms[bond->getIdx()] = {bond->getStereoAtoms()[0], bond->getStereoAtoms()[1]};
    }

    RWMol kekule(mol);
    MolOps::Kekulize(kekule, false);
    auto& out = results();
    out.text = canonical_smiles(mol) + "\n";
    out.ints = {atoms, bonds, static_cast<int>(rings.size()), molecule->has_coordinates ? 1 : 0};
    for (const Atom* atom : mol.atoms()) {
      out.ints.insert(out.ints.end(), {static_cast<int>(atom->getAtomicNum()), static_cast<int>(atom->getIsotope()), atom->getFormalCharge(),
                                       static_cast<int>(atom->getNumRadicalElectrons()), atom->getIsAromatic() ? 1 : 0, hybridisation(atom),
                                       chirality[atom->getIdx()]});
      out.doubles.push_back(atom->getMass());
      out.text += (atom->getIdx() ? " " : "") + atom->getSymbol();
    }
    for (const Bond* bond : mol.bonds()) {
      int index = bond->getIdx();
      Bond::BondType type = kekule.getBondWithIdx(index)->getBondType();
      int order = type == Bond::DOUBLE ? 2 : type == Bond::TRIPLE ? 3 : 1;
      out.ints.insert(out.ints.end(), {static_cast<int>(bond->getBeginAtomIdx()), static_cast<int>(bond->getEndAtomIdx()), order,
                                       bond->getIsAromatic() ? 1 : 0, bond->getIsConjugated() ? 1 : 0,
                                       mol.getRingInfo()->numBondRings(index) > 0 ? 1 : 0, stereo[index], stereo_atoms[index].first,
                                       stereo_atoms[index].second});
    }
    for (const auto& ring : rings) {
      out.ints.push_back(static_cast<int>(ring.size()));
      out.ints.insert(out.ints.end(), ring.begin(), ring.end());
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
    MolOps::assignStereochemistryFrom3D(copy);
    results().text = canonical_smiles(copy);
  });
}
