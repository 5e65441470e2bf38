// Pictures.
#include "rdkit/molecule.h"

#include <GraphMol/Depictor/RDDepictor.h>
#include <GraphMol/MolDraw2D/MolDraw2DSVG.h>
#include <GraphMol/MolDraw2D/MolDraw2DUtils.h>
#include <GraphMol/MolOps.h>
#include <GraphMol/SubstanceGroup.h>

using namespace RDKit;
using namespace mol;

static const char* const kIndex = "_molsampling_index";

// What a file may have put on atoms, bonds and the molecule to be written into the picture: text of strangers.
static void clear_labels(RWMol& molecule) {
  using namespace common_properties;
  for (const auto& name : {molNote, std::string("_molLinkNodes")}) molecule.clearProp(name);
  for (Atom* atom : molecule.atoms()) {
    for (const auto& name : {atomNote, atomLabel, molFileAlias, _MolFileRLabel, _displayLabel, _displayLabelW}) atom->clearProp(name);
    atom->setAtomMapNum(0);
  }
  for (Bond* bond : molecule.bonds()) bond->clearProp(bondNote);
  getSubstanceGroups(molecule).clear();
}

// text: an SVG of the molecule without hydrogens, but for the kept ones; atoms bear their numbers, from 1.
// ints: the atoms drawn. doubles: where, [2] pixels each.
MOL_EXPORT int molrdkit_draw(const molrdkit_molecule* molecule, int width, int height, const int* kept, int kept_count) {
  return guarded_with_results([&] {
    require(molecule && width > 0 && height > 0 && (kept || kept_count == 0), "null argument");
    RWMol mol(*molecule->mol);
    mol.clearConformers();
    clear_labels(mol);
    for (Atom* atom : mol.atoms()) atom->setProp(kIndex, static_cast<int>(atom->getIdx()));
    for (int k = 0; k < kept_count; ++k) {
      require(kept[k] >= 0 && kept[k] < static_cast<int>(mol.getNumAtoms()), "no such atom");
      mol.getAtomWithIdx(kept[k])->setAtomMapNum(1);
    }
    MolOps::RemoveHsParameters parameters;
    parameters.removeMapped = false;
    MolOps::removeHs(mol, parameters);
    for (Atom* atom : mol.atoms()) {
      atom->setAtomMapNum(0);
      atom->setProp(common_properties::atomNote, std::to_string(atom->getProp<int>(kIndex) + 1));
    }
    RDDepict::compute2DCoords(mol);
    MolDraw2DUtils::prepareMolForDrawing(mol, true, false);
    MolDraw2DSVG drawer(width, height, -1, -1, true);  // true: no font file needed
    drawer.drawOptions().clearBackground = false;
    drawer.drawOptions().prepareMolsBeforeDrawing = false;
    drawer.drawOptions().fixedBondLength = 42;  // small molecules are not blown up
    drawer.drawOptions().maxFontSize = 17;
    drawer.drawOptions().annotationFontScale = 0.75;
    drawer.drawOptions().annotationColour = DrawColour(0.32, 0.38, 0.46);
    drawer.drawMolecule(mol);
    drawer.finishDrawing();
    auto& out = results();
    out.text = drawer.getDrawingText();
    for (const Atom* atom : mol.atoms()) {
      out.ints.push_back(atom->getProp<int>(kIndex));
      const auto at = drawer.getDrawCoords(static_cast<int>(atom->getIdx()));
      out.doubles.insert(out.doubles.end(), {at.x, at.y});
    }
  });
}
