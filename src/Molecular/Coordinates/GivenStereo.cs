using MolSampling.Molecular.Chemistry;

namespace MolSampling.Molecular.Coordinates;

/// <summary>The stereo that a molecule's input gives, as a set of geometries: what it leaves open is not judged.</summary>
public static class GivenStereo
{
    private const int MostAttempts = 8;

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    /// <summary>Embeds the molecule to learn the signs.</summary>
    /// <exception cref="MoleculeFormatException">No embedding was found.</exception>
    public static Stereoisomer Of(RDKitMolecule molecule)
    {
        Molecule m = molecule.Molecule;
        Embedding embedding = molecule.Embed(1, 1, s_limit);
        if (embedding.Conformers.Count == 0)
            throw new MoleculeFormatException(m.Name, 0, "no 3D embedding was found that shows its stereo");
        float[] reference = Reference(molecule, embedding.Conformers, 2, s_limit) ?? throw new MoleculeFormatException(m.Name, 0,
            "no 3D embedding was found with the hand that is given to its axis");
        // a ring's cis and trans have no letter: where the embedding's SMILES is the input's, nothing is open, whatever the letters say
        if (embedding.SampledSmiles == m.Smiles)
            return new(m, reference);
        Molecule given = m with
        {
            Atoms = [.. m.Atoms.Select(a => a.Chirality == '?' ? a with { Chirality = '\0' } : a)],
            Bonds = [.. m.Bonds.Select(b => b.Stereo == '?' ? b with { Stereo = '\0' } : b)],
            Axes = [.. m.Axes.Where(a => a.Given != 0)],
        };
        return new(given, reference);
    }

    /// <summary>
    /// An embedding with the hands that the input gives to axes, which embeddings know nothing of: one of those there are, turned about its
    /// axes, or its mirror image where nothing else has a hand, or a further one.
    /// </summary>
    /// <param name="molecule">The molecule.</param>
    /// <param name="conformers">[..][N, 3] nm, at least one.</param>
    /// <param name="seed">Of further embeddings.</param>
    /// <param name="limit">For them.</param>
    /// <returns>[N, 3] nm; null if none was found.</returns>
    internal static float[]? Reference(RDKitMolecule molecule, IReadOnlyList<float[]> conformers, ulong seed, TimeSpan limit)
    {
        Molecule m = molecule.Molecule;
        if (m.Axes.All(a => a.Given == 0))
            return conformers[0];
        var given = new Stereoisomer(m with { Axes = [.. m.Axes.Where(a => a.Given != 0)] }, conformers[0]);
        bool canMirror = m.Atoms.All(a => a.Chirality == '\0'); // an open centre is as the embedding's SMILES says
        var end = System.Diagnostics.Stopwatch.StartNew();
        for (int attempt = 1; ; attempt++)
        {
            foreach (float[] conformer in conformers)
                foreach (float[] candidate in canMirror ? [conformer, Mirror(conformer)] : new[] { conformer })
                    if (given.WithHands(candidate) is var turned && given.HasHands(turned))
                        return turned;
            if (attempt > MostAttempts || end.Elapsed > limit)
                return null;
            conformers = molecule.Embed(16, (int)((seed + 1000 * (ulong)attempt) % 1_000_000_007), limit - end.Elapsed).Conformers;
        }
    }

    private static float[] Mirror(float[] positions)
    {
        float[] mirrored = [.. positions];
        for (int k = 0; k < mirrored.Length; k += 3)
            mirrored[k] = -mirrored[k];
        return mirrored;
    }
}
