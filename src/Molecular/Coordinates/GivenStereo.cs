using MolSampling.Molecular.Chemistry;

namespace MolSampling.Molecular.Coordinates;

/// <summary>The stereo that a molecule's input gives, as a set of geometries: what it leaves open is not judged.</summary>
public static class GivenStereo
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    /// <summary>Embeds the molecule to learn the signs.</summary>
    /// <exception cref="MoleculeFormatException">No embedding was found.</exception>
    public static Stereoisomer Of(RDKitMolecule molecule)
    {
        Molecule m = molecule.Molecule;
        Embedding embedding = molecule.Embed(1, 1, s_limit);
        if (embedding.Conformers.Count == 0)
            throw new MoleculeFormatException(m.Name, 0, "no 3D embedding was found that shows its stereo");
        // a ring's cis and trans have no letter: where the embedding's SMILES is the input's, nothing is open, whatever the letters say
        if (embedding.SampledSmiles == m.Smiles)
            return new(m, embedding.Conformers[0]);
        Molecule given = m with
        {
            Atoms = [.. m.Atoms.Select(a => a.Chirality == '?' ? a with { Chirality = '\0' } : a)],
            Bonds = [.. m.Bonds.Select(b => b.Stereo == '?' ? b with { Stereo = '\0' } : b)],
        };
        return new(given, embedding.Conformers[0]);
    }
}
