namespace MolSampling.Sampling.Kernels;

/// <summary>A kernel whose settings may be tuned while a run burns in, and stay fixed afterwards.</summary>
public interface IAdaptive
{
    /// <summary>Tunes one rung's settings.</summary>
    /// <param name="rung">0 .. K - 1.</param>
    /// <param name="acceptance">Of the last step's proposals on the rung.</param>
    /// <param name="gain">How far to go, falling as the burn-in proceeds.</param>
    void Adapt(int rung, double acceptance, double gain);
}
