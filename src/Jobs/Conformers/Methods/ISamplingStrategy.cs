namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>A way to sample a molecule, or to say why it does not serve.</summary>
internal interface ISamplingStrategy
{
    /// <summary>Samples.</summary>
    /// <param name="work">The molecule.</param>
    Attempt Sample(ConformerWork work);
}

/// <summary>What a strategy came to.</summary>
/// <param name="Findings">Null where it does not serve, or time was too short for any sample.</param>
/// <param name="How">What was done, in words; where there are no findings, why not.</param>
internal sealed record Attempt(ConformerFindings? Findings, string How);
