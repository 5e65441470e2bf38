using System.Diagnostics;
using MolSampling.Jobs.Conformers.Constraints;
using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;

namespace MolSampling.Jobs.Conformers.Starts;

/// <summary>Where sampling begins: embeddings of one stereoisomer, and conformers that were given.</summary>
/// <param name="Isomer">The target's support.</param>
/// <param name="Sampled">The same in words.</param>
/// <param name="First">[N, 3] nm, what decided the isomer.</param>
/// <param name="Seeds">[..][N, 3] nm, at least one, all numbered alike; given ones and embeddings in turn.</param>
/// <param name="Given">Those of the seeds that were given.</param>
internal sealed record ConformerStarts(Stereoisomer Isomer, SampledIsomer Sampled, float[] First, IReadOnlyList<float[]> Seeds,
    IReadOnlyList<float[]> Given)
{
    private const int Embeddings = 16;
    private const double LongestEmbedding = 120; // s

    /// <summary>Embeds, and matches what is given.</summary>
    /// <param name="input">The molecule.</param>
    /// <param name="options">Settings.</param>
    /// <param name="conformers">Given ones of it, numbered as they like.</param>
    /// <param name="limit">Of the molecule's time, s.</param>
    /// <param name="clock">Of the same.</param>
    /// <returns>Nothing and the reason if there is no embedding.</returns>
    public static (ConformerStarts?, string?) Of(RDKitMolecule input, ConformerOptions options, IReadOnlyList<GivenConformer> conformers,
        double limit, Stopwatch clock)
    {
        Molecule molecule = input.Molecule;
        var longest = TimeSpan.FromSeconds(Math.Min(0.3 * limit, LongestEmbedding));
        float[][] given = GivenConformers.Of(input, conformers);
        Embedding embedding = input.Embed(options.Method == ConformerMethod.Etkdg ? 1 : Embeddings, (int)(options.Seed % 1_000_000_007),
            longest, given.FirstOrDefault());
        if (embedding.Conformers.Count == 0)
        {
            string which = molecule.Isomer is null ? "" : $" of this isomer ({molecule.Smiles})";
            return (null, embedding.Status == EmbeddingStatus.OutOfTime ? $"no 3D embedding{which} was found within the time limit"
                : $"no 3D embedding{which} was found in {embedding.Attempts} attempts{(which.Length > 0 ? ": it may be impossible" : "")}");
        }
        float[]? first = given.FirstOrDefault()
            ?? GivenStereo.Reference(input, embedding.Conformers, options.Seed, longest - clock.Elapsed);
        if (first is null)
            return (null, "no 3D embedding was found with the hand that is given to " + string.Join(", ",
                molecule.Axes.Where(a => a.Given != 0).Select(a => a.Name(molecule))));
        var isomer = new Stereoisomer(molecule, first);
        var sampled = SampledIsomer.Of(molecule, embedding.SampledSmiles, first);
        IReadOnlyList<float[]> embedded = given.Length > 0 || first == embedding.Conformers[0] ? embedding.Conformers
            : [first, .. embedding.Conformers];
        // which methyl of valine, or hydrogen of a CH2, is which stays as given
        float[]? named = input.Coordinates is { } x && (input.Residues is not null || given.Length == 0)
            ? [.. x.Select(v => (float)v)] : null;
        foreach (float[] numbered in (float[][])[.. named is null ? (float[][])[] : [named], first])
        {
            float[][] Alike(IReadOnlyList<float[]> some) => [.. ConformationalSymmetry.Alike(input, isomer, numbered, some)];
            float[][] starts = Alike(given), seeds = InTurn(starts, Alike(embedded));
            // a geometry of another stereoisomer, or a flat one, numbers none
            if (seeds.Length > 0)
                return (new(isomer, sampled, first, seeds, starts) { IsNumberedAsGiven = given.Length > 0 || numbered == named }, null);
        }
        return (null, "no 3D embedding is of the stereoisomer that was chosen");
    }

    /// <summary>Whether a geometry of the user's says which of two equivalent atoms is which; otherwise an embedding does.</summary>
    public bool IsNumberedAsGiven { get; private init; }

    /// <summary>The same where constraints hold: all are relaxed into their windows, and those are left out that cannot be.</summary>
    /// <param name="input">The molecule.</param>
    /// <param name="options">The constraints, the temperature.</param>
    /// <param name="terms">Of a force field.</param>
    /// <param name="place">Of the first given conformer, for people; null without any.</param>
    /// <param name="cancellation">Ends the relaxing early.</param>
    /// <exception cref="MoleculeFormatException">A constraint that is not of this molecule, that no geometry meets, or that wants a
    /// geometry where there is none.</exception>
    public (ConformerConstraints, ConformerStarts) Constrained(RDKitMolecule input, ConformerOptions options, SystemParameters terms,
        string? place, CancellationToken cancellation)
    {
        (float[] Positions, string Source)? shape = place is not null && Given.Count > 0 ? (Given[0], place)
            : input.Coordinates is { } own ? ([.. own.Select(v => (float)v)], "the input") : null;
        var constraints = ConformerConstraints.Of(options.Constraints!, input, shape);
        if (!IsNumberedAsGiven && constraints.ToldApart(new(input, Isomer, Seeds[0])) is { } told)
            throw ConformerConstraints.Wrong(input.Molecule, told.Spec, AtomNumbers.Names(input.Molecule, [told.Atom]) + " and "
                + AtomNumbers.Names(input.Molecule, [told.Other])
                + " are told apart by a geometry only: give one whose numbers are meant, by --start or as the input");
        float[]?[] relaxed = ConstrainedStarts.Of(constraints, terms, input.Molecule, Isomer, Seeds,
            new ThermodynamicState(options.Temperature).Beta, options.Threads, cancellation);
        return (constraints, this with
        {
            Seeds = [.. relaxed.OfType<float[]>()],
            Given = [.. relaxed.Where((x, n) => x is not null && Given.Contains(Seeds[n])).OfType<float[]>()],
        });
    }

    /// <summary>One of each kind after the other, until one kind is used up.</summary>
    private static float[][] InTurn(float[][] a, float[][] b) => [.. Enumerable.Range(0, Math.Max(a.Length, b.Length)).SelectMany(n =>
        (float[][])[.. a.Skip(n).Take(1), .. b.Skip(n).Take(1)])];
}
