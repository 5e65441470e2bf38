#include "rdkit/stereo.h"

#include <algorithm>

#include <GraphMol/Chirality.h>
#include <GraphMol/MolOps.h>
#include <GraphMol/RingInfo.h>
#include <GraphMol/SmilesParse/SmilesParse.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>
#include <GraphMol/new_canon.h>

#include "rdkit/molecule.h"

using namespace RDKit;

namespace mol {

static std::vector<const Atom*> neighbours(const ROMol& mol, const Atom* atom) {
  std::vector<const Atom*> list;  // in the order of the bonds, which chiral tags refer to
  for (const auto& bond : mol.atomBonds(atom)) list.push_back(bond->getOtherAtom(atom));
  return list;
}

static bool is_tagged(const Atom* atom) {
  return atom->getChiralTag() == Atom::CHI_TETRAHEDRAL_CW || atom->getChiralTag() == Atom::CHI_TETRAHEDRAL_CCW;
}

static int ring_bonds(const ROMol& mol, const Atom* atom) {
  int count = 0;
  for (const auto& bond : mol.atomBonds(atom)) count += mol.getRingInfo()->numBondRings(bond->getIdx()) > 0;
  return count;
}

// Conjugation flattens a nitrogen (anilines), but not that of a bridgehead (Troeger's base) or of a three-membered ring: RDKit's model
// makes even triaziridine aromatic, by its six lone electrons.
bool is_pyramidal_nitrogen(const ROMol& mol, const Atom* atom) {
  if (atom->getAtomicNum() != 7 || atom->getFormalCharge() != 0 || atom->getDegree() != 3) return false;
  if (mol.getRingInfo()->isAtomInRingOfSize(atom->getIdx(), 3)) return true;
  return !atom->getIsAromatic() && (atom->getHybridization() == Atom::SP3 || ring_bonds(mol, atom) == 3);
}

// Phosphines and their like keep their pyramid, and RDKit does not read it from coordinates.
static bool is_three_coordinate_centre(const ROMol& mol, const Atom* atom) {
  const int z = atom->getAtomicNum();
  return atom->getDegree() == 3 && (is_pyramidal_nitrogen(mol, atom) || z == 15 || z == 33 || z == 51);
}

bool inverts(const ROMol& mol, const Atom* atom) {
  if (!is_pyramidal_nitrogen(mol, atom) || is_tagged(atom) || !mol.getRingInfo()->isAtomInRingOfSize(atom->getIdx(), 3)) return false;
  return ring_bonds(mol, atom) == 2;  // three ring bonds hold it on its side
}

// A double bond between C or N that has no other multiple bond at its ends: cumulenes and hypervalent S and P are not planar.
static bool can_be_cis_or_trans(const ROMol& mol, const Bond* bond) {
  for (const Atom* end : {bond->getBeginAtom(), bond->getEndAtom()}) {
    if (end->getAtomicNum() != 6 && end->getAtomicNum() != 7) return false;
    for (const auto& other : mol.atomBonds(end))
      if (other != bond && other->getBondType() != Bond::SINGLE && other->getBondType() != Bond::AROMATIC) return false;
  }
  return true;
}

// Ring atoms whose configuration has a meaning only together with another's (cis and trans of 1,4): RDKit perceives them only where all
// are given,
// so all that are open are given one for the question.
static std::vector<unsigned> dependent_centres(const RWMol& mol) {
  RWMol copy(mol);
  std::vector<unsigned> tried, found;
  for (Atom* atom : copy.atoms())
    if (!is_tagged(atom) && atom->getDegree() == 4 && atom->getHybridization() == Atom::SP3 && mol.getRingInfo()->numAtomRings(atom->getIdx()) > 0) {
      atom->setChiralTag(Atom::CHI_TETRAHEDRAL_CCW);
      tried.push_back(atom->getIdx());
    }
  if (tried.empty()) return found;
  MolOps::assignStereochemistry(copy, true, true, false);
  for (unsigned a : tried)
    if (is_tagged(copy.getAtomWithIdx(a))) found.push_back(a);
  return found;
}

// Ring neighbours of an atom of which two are alike: such an atom has a configuration only beside another one's.
static bool has_like_arms(const ROMol& mol, const Atom* atom, const std::vector<unsigned>& classes) {
  std::vector<unsigned> arms;
  for (const auto& bond : mol.atomBonds(atom))
    if (mol.getRingInfo()->numBondRings(bond->getIdx()) > 0) arms.push_back(classes[bond->getOtherAtomIdx(atom->getIdx())]);
  std::sort(arms.begin(), arms.end());
  return std::adjacent_find(arms.begin(), arms.end()) != arms.end();
}

// A vertex of a bicycle or a small cage, whose fourth neighbour can only point outwards.
static bool is_caged(const ROMol& mol, const Atom* atom) {
  if (ring_bonds(mol, atom) != 3) return false;
  const RingInfo& rings = *mol.getRingInfo();
  std::vector<std::vector<int>> own;
  for (const auto& ring : rings.atomRings())
    if (std::find(ring.begin(), ring.end(), static_cast<int>(atom->getIdx())) != ring.end()) own.push_back(ring);
  bool small_cage = true, bridged = false;
  for (const auto& bond : mol.atomBonds(atom)) small_cage &= rings.numBondRings(bond->getIdx()) != 1;
  for (size_t i = 0; i < own.size(); ++i) {
    if (own[i].size() > 8) return false;  // large enough to turn inside out
    small_cage &= own[i].size() <= 5;
    for (size_t j = i + 1; j < own.size(); ++j)
      bridged |= std::count_if(own[i].begin(), own[i].end(), [&](int a) { return std::find(own[j].begin(), own[j].end(), a) != own[j].end(); }) > 2;
  }
  return bridged || small_cage;
}

// Both ends of a bond that a three-membered ring shares with one of up to six atoms: only cis fits.
static bool is_fused_cis(const ROMol& mol, const Bond* bond) {
  const RingInfo& rings = *mol.getRingInfo();
  return rings.numBondRings(bond->getIdx()) == 2 && rings.isBondInRingOfSize(bond->getIdx(), 3) && rings.minBondRingSize(bond->getIdx()) == 3 &&
         (rings.isBondInRingOfSize(bond->getIdx(), 4) || rings.isBondInRingOfSize(bond->getIdx(), 5) || rings.isBondInRingOfSize(bond->getIdx(), 6));
}

// Takes back questions that have one answer: what a cage or a small fused ring decides, and centres that need a partner and have none left.
static void drop_decided(const RWMol& mol, std::vector<char>& atoms, std::vector<char>& bonds) {
  RWMol flat(mol);
  MolOps::removeStereochemistry(flat);
  std::vector<unsigned> classes;
  Canon::rankMolAtoms(flat, classes, false, false);
  const RingInfo& rings = *mol.getRingInfo();
  for (const Atom* atom : mol.atoms())
    if (atoms[atom->getIdx()] == '?' && is_caged(mol, atom) && has_like_arms(mol, atom, classes)) atoms[atom->getIdx()] = 0;
  for (const Bond* bond : mol.bonds())  // an alkylidene ring: its two sides differ only by what centres of the ring make of them
    if (bonds[bond->getIdx()] == '?' && (has_like_arms(mol, bond->getBeginAtom(), classes) || has_like_arms(mol, bond->getEndAtom(), classes))) bonds[bond->getIdx()] = 0;
  auto has_partner = [&](unsigned a, unsigned besides) {
    for (const auto& ring : rings.atomRings())
      if (std::find(ring.begin(), ring.end(), static_cast<int>(a)) != ring.end())
        for (int other : ring)
          if (static_cast<unsigned>(other) != a && static_cast<unsigned>(other) != besides && atoms[other]) return true;
    return false;
  };
  // whether both ways round a ring look alike from either of its atoms: they do where the two mirror one another, not where an axis
  // exchanges them (Troeger's base)
  auto mirror = [&](const std::vector<int>& ring, int a, int b) {
    const size_t n = ring.size(), i = std::find(ring.begin(), ring.end(), a) - ring.begin(), j = std::find(ring.begin(), ring.end(), b) - ring.begin();
    return classes[ring[(i + 1) % n]] == classes[ring[(j + n - 1) % n]] && classes[ring[(i + n - 1) % n]] == classes[ring[(j + 1) % n]];
  };
  // two that mirror one another, where only one arrangement of the two fits
  for (const auto& ring : rings.atomRings())
    for (int a : ring)
      for (int b : ring) {
        if (a >= b || atoms[a] != '?' || atoms[b] != '?' || classes[a] != classes[b] || has_partner(a, b) || has_partner(b, a) || !mirror(ring, a, b)) continue;
        const Bond* bond = mol.getBondBetweenAtoms(a, b);
        if ((bond && is_fused_cis(mol, bond)) || (is_caged(mol, mol.getAtomWithIdx(a)) && is_caged(mol, mol.getAtomWithIdx(b)))) atoms[a] = atoms[b] = 0;
      }
  for (const Atom* atom : mol.atoms()) {
    unsigned a = atom->getIdx();
    if (atoms[a] == '?' && rings.numAtomRings(a) > 0 && has_like_arms(mol, atom, classes) && !has_partner(a, a)) atoms[a] = 0;
  }
}

Stereo stereo_of(const RWMol& mol) {
  Stereo stereo{std::vector<char>(mol.getNumAtoms(), 0), std::vector<char>(mol.getNumBonds(), 0), std::vector<std::pair<int, int>>(mol.getNumBonds(), {-1, -1})};
  RWMol asked(mol);  // the question leaves marks
  for (const auto& info : Chirality::findPotentialStereo(asked, false)) {
    if (info.type == Chirality::StereoType::Atom_Tetrahedral && !inverts(mol, mol.getAtomWithIdx(info.centeredOn))) {
      stereo.atoms[info.centeredOn] = '?';
    } else if (info.type == Chirality::StereoType::Bond_Double && info.controllingAtoms.size() == 4 && can_be_cis_or_trans(mol, mol.getBondWithIdx(info.centeredOn))) {
      auto pick = [&](int first) {
        unsigned a = info.controllingAtoms[first], b = info.controllingAtoms[first + 1];
        return static_cast<int>(a != Chirality::StereoInfo::NOATOM ? a : b);
      };
      const Bond* bond = mol.getBondWithIdx(info.centeredOn);
      auto pair = std::make_pair(pick(0), pick(2));
      // controlling atoms come in the order of the bond's ends
      if (!mol.getBondBetweenAtoms(pair.first, bond->getBeginAtomIdx())) std::swap(pair.first, pair.second);
      stereo.bonds[info.centeredOn] = '?';
      stereo.bond_atoms[info.centeredOn] = pair;
    }
  }
  for (unsigned atom : dependent_centres(mol)) stereo.atoms[atom] = '?';
  for (const Atom* atom : mol.atoms()) {
    std::string code;
    int unknown = 0; // drawn wiggly: coordinates show one of two
    if (atom->getPropIfPresent(common_properties::_UnknownStereo, unknown) && unknown) continue;
    if (atom->getPropIfPresent(common_properties::_CIPCode, code) && !code.empty()) stereo.atoms[atom->getIdx()] = code[0];
    else if (is_tagged(atom)) stereo.atoms[atom->getIdx()] = '*';
  }
  drop_decided(mol, stereo.atoms, stereo.bonds);
  for (const Bond* bond : mol.bonds()) {
    if (bond->getStereo() <= Bond::STEREOANY) continue;
    bool apart = bond->getStereo() == Bond::STEREOE || bond->getStereo() == Bond::STEREOTRANS;
    stereo.bonds[bond->getIdx()] = apart ? 'E' : 'Z';
    if (bond->getStereoAtoms().size() == 2) stereo.bond_atoms[bond->getIdx()] = {bond->getStereoAtoms()[0], bond->getStereoAtoms()[1]};
  }
  return stereo;
}

// Counter-clockwise from the first neighbour is a positive volume of the first three.
Atom::ChiralType tag_of(const ROMol& mol, const Atom* atom) {
  const Conformer& conformer = mol.getConformer();
  RDGeom::Point3D v[3], centre = conformer.getAtomPos(atom->getIdx());
  int n = 0;
  for (const Atom* neighbour : neighbours(mol, atom)) v[n++] = conformer.getAtomPos(neighbour->getIdx()) - centre;
  return v[0].dotProduct(v[1].crossProduct(v[2])) > 0 ? Atom::CHI_TETRAHEDRAL_CCW : Atom::CHI_TETRAHEDRAL_CW;
}

void take_stereo(RWMol& mol) {
  std::vector<Atom::ChiralType> given;
  std::vector<unsigned> free;
  for (const Atom* atom : mol.atoms()) {
    given.push_back(atom->getChiralTag());
    if (inverts(mol, atom)) free.push_back(atom->getIdx());
  }
  const Stereo before = stereo_of(mol);
  MolOps::assignStereochemistryFrom3D(mol);
  for (Atom* atom : mol.atoms()) {
    unsigned i = atom->getIdx();
    if (given[i] != Atom::CHI_UNSPECIFIED) atom->setChiralTag(given[i]);  // bridgehead nitrogens, which this version of RDKit forgets
    else if (before.atoms[i] == '?' && !is_tagged(atom) && is_three_coordinate_centre(mol, atom)) atom->setChiralTag(tag_of(mol, atom));
  }
  for (unsigned a : free) mol.getAtomWithIdx(a)->setChiralTag(Atom::CHI_UNSPECIFIED);
}

std::string canonical_smiles(const RWMol& molecule) {
  RWMol heavy(molecule);
  MolOps::RemoveHsParameters parameters;
  MolOps::removeHs(heavy, parameters, false);
  return MolToSmiles(heavy);
}

// The substituents of an allene's end in the order in which the SMILES writes them; a hydrogen that is not written comes after the atom
// before it.
static std::vector<int> written_order(const RWMol& written, const Atom* end, const Atom* centre) {
  std::vector<std::pair<int, int>> order;  // rank, atom
  for (const auto& bond : written.atomBonds(end)) {
    const Atom* other = bond->getOtherAtom(end);
    if (other == centre) continue;
    // bonds that close rings come at the end of RDKit's list; the atom before comes first, then rings, then branches
    bool closes = bond->getIdx() + 1 >= written.getNumAtoms();
    order.emplace_back(closes ? 1 : other->getIdx() < end->getIdx() ? -1 : 1000 + other->getIdx(), other->getIdx());
  }
  if (order.size() == 1) order.emplace_back(0, -1);
  std::sort(order.begin(), order.end());
  std::vector<int> atoms;
  for (const auto& [rank, atom] : order) atoms.push_back(atom);
  return atoms;
}

void keep_written_stereo(const char* smiles, molrdkit_molecule& molecule) {
  if (std::string(smiles).find('@') == std::string::npos) return;
  SmilesParserParams parameters;
  parameters.sanitize = false;
  parameters.removeHs = false;
  const std::unique_ptr<RWMol> written(SmilesToMol(smiles, parameters));
  if (!written) return;
  RWMol& mol = *molecule.mol;
  // both list heavy atoms in the order of the text; hydrogens that are written stand elsewhere
  std::vector<int> heavy, index(written->getNumAtoms(), -1);
  for (const Atom* atom : mol.atoms())
    if (atom->getAtomicNum() > 1) heavy.push_back(atom->getIdx());
  size_t next = 0;
  for (const Atom* atom : written->atoms())
    if (atom->getAtomicNum() > 1 && next < heavy.size()) index[atom->getIdx()] = heavy[next++];
  const Stereo stereo = stereo_of(mol);
  for (const Atom* atom : written->atoms()) {
    if (atom->getChiralTag() == Atom::CHI_UNSPECIFIED || index[atom->getIdx()] < 0) continue;
    Atom* kept = mol.getAtomWithIdx(index[atom->getIdx()]);
    if (is_tagged(atom) && atom->getDegree() == 3 && is_pyramidal_nitrogen(mol, kept) && stereo.atoms[kept->getIdx()] == '?') kept->setChiralTag(atom->getChiralTag());
    auto ends = neighbours(*written, atom);
    if (ends.size() != 2 || kept->getAtomicNum() != 6) continue;
    bool doubles = true;
    for (const auto& bond : written->atomBonds(atom)) doubles &= bond->getBondType() == Bond::DOUBLE;
    int permutation = 0;
    if (atom->getChiralTag() == Atom::CHI_ALLENE) atom->getPropIfPresent(common_properties::_chiralPermutation, permutation);
    else permutation = atom->getChiralTag() == Atom::CHI_TETRAHEDRAL_CCW ? 1 : 2;
    if (ends[0]->getIdx() > ends[1]->getIdx()) std::swap(ends[0], ends[1]);
    std::vector<int> order;
    for (const Atom* end : ends)
      for (int a : written_order(*written, end, atom)) order.push_back(a >= 0 ? index[a] : -1 - index[end->getIdx()]);
    if (!doubles || permutation < 1 || permutation > 2 || order.size() != 4) continue;
    allene_hand hand{{}, permutation == 1 ? 1 : -1};
    bool known = true;
    for (int k = 0; k < 4; ++k) {
      int a = order[k];
      if (a < 0)  // the end's only hydrogen
        for (const Atom* neighbour : neighbours(mol, mol.getAtomWithIdx(-1 - a)))
          if (neighbour->getAtomicNum() == 1) a = neighbour->getIdx();
      known &= a >= 0;
      hand.atoms[k] = a;
    }
    if (known) molecule.allenes.push_back(hand);
  }
}

}  // namespace mol
